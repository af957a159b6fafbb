import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Http } from '../../../src/toolkit/http/http.ts'
import { createOutbound, type OutboundOptions } from '../../../src/toolkit/http/outbound.ts'

/** Somebody to call, on this machine. */
export interface Peer {
  readonly port: number
  /** `127.0.0.1:port`, as BEDE_HTTP_PRIVATE names it. */
  readonly place: string
  readonly origin: string
  /** Connections that came. */
  readonly connections: number
  /** Requests that came, method and target. */
  readonly asked: string[]
  close(): Promise<void>
}

/** One that speaks HTTP. */
export const httpPeer = (answer: RequestListener): Promise<Peer> => {
  const asked: string[] = []
  const server = createHttp({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  return listening(server, asked)
}

/** One that writes whatever it likes, once it has heard something. */
export const rawPeer = (answer: (socket: Socket, heard: string) => void): Promise<Peer> => {
  const asked: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (heard) => {
      asked.push(heard.toString('latin1').split('\r\n')[0] ?? '')
      answer(socket, heard.toString('latin1'))
    })
  })
  return listening(server, asked)
}

async function listening(server: Server, asked: string[], host = '127.0.0.1'): Promise<Peer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  const place = `127.0.0.1:${port}`
  return {
    port,
    place,
    origin: `http://${place}`,
    get connections() {
      return connections
    },
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** A client as a handler gets it, and what is written down. */
export interface Caller {
  readonly http: Http
  readonly lines: string[]
  /** Ends the call that it belongs to. */
  readonly ends: AbortController
  close(): void
}

export const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

export function caller(options: OutboundOptions): Caller {
  const lines: string[] = []
  const ends = new AbortController()
  const outbound = createOutbound(options)
  const log = { warn: (message: string, data?: object) => void lines.push(`${message} ${JSON.stringify(data)}`) }
  return { http: outbound.of({ signal: ends.signal, traceparent, log }), lines, ends, close: () => outbound.close() }
}
