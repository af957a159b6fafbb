import { connect, createServer, type Server, type Socket } from 'node:net'

/** A server between a client and a database, to make on purpose what networks and servers do by accident. */
export interface Relay {
  readonly url: string
  /** May change or drop what passes; answer null to cut the connection instead of handing it on. */
  fromClient: (data: Buffer) => Buffer | null
  fromServer: (data: Buffer) => Buffer | null
  /** Connections that have been asked for. */
  readonly connections: number
  /** Cuts all connections and refuses new ones until `open`. */
  shut(): Promise<void>
  open(): Promise<void>
}

export async function relay(target: string): Promise<Relay> {
  const database = new URL(target)
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  let connections = 0

  const self = {
    fromClient: (data: Buffer): Buffer | null => data,
    fromServer: (data: Buffer): Buffer | null => data,
    get connections() {
      return connections
    },
    get url() {
      const url = new URL(target)
      url.hostname = '127.0.0.1'
      url.port = String(port)
      return url.href
    },
    async open() {
      server = createServer((client) => {
        connections++
        const upstream = connect(Number(database.port || 5432), database.hostname)
        for (const socket of [client, upstream]) {
          sockets.add(socket)
          socket.on('error', () => {})
          socket.on('close', () => {
            sockets.delete(socket)
            client.destroy()
            upstream.destroy()
          })
        }
        const pass = (to: Socket, filter: (data: Buffer) => Buffer | null) => (data: Buffer) => {
          const out = filter(data)
          if (out) to.write(out)
          else client.destroy()
        }
        client.on(
          'data',
          pass(upstream, (data) => self.fromClient(data)),
        )
        upstream.on(
          'data',
          pass(client, (data) => self.fromServer(data)),
        )
      })
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
      const address = server.address()
      if (typeof address === 'object' && address) port = address.port
    },
    async shut() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server?.close(resolve))
    },
  }
  await self.open()
  return self
}
