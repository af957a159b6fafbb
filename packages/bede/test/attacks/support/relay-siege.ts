import assert from 'node:assert/strict'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { httpPeer, type Peer, rawPeer } from '../../toolkit/support/peers.ts'
import { relay, serviceKey } from './relay.ts'
import { onStores, type Served, serveApp } from './siege.ts'

/** An app that calls others, with one service that is its own, one that is hostile, and one that nobody may reach. */
export interface RelaySiege extends Served {
  /** What the place names: the app may call it. It goes wherever its path says, `/to302?<address>`. */
  readonly own: Peer
  /** The place names it too; it answers as badly as it can. */
  readonly hostile: Peer
  /** On the same machine, and named by nobody. */
  readonly inside: Peer
  /** What its own and the hostile peer heard, with headers and bodies. */
  readonly heard: string[]
  /** Addresses that names have, one answer after the other; the last one stays. */
  readonly names: Map<string, readonly (readonly string[])[]>
  /** How often each name was asked for. */
  readonly looked: string[]
  /** Refused with this code, nothing was written, and nobody inside has heard of it. */
  kept(code: string, path: string, address: string): Promise<void>
}

const megabyte = 1024 * 1024
/** Ten megabytes of nothing, and what is left of them. */
const bomb = gzipSync(Buffer.alloc(10 * megabyte))
const brotliBomb = brotliCompressSync(Buffer.alloc(10 * megabyte))
const statuses = { 'destination-refused': 422, 'upstream-failed': 502, 'upstream-timeout': 504 }

export async function relayOnBothStores(what: string, suite: (siege: () => RelaySiege) => void): Promise<void> {
  await onStores(
    what,
    async (store): Promise<RelaySiege> => {
      const heard: string[] = []
      const names: RelaySiege['names'] = new Map()
      const looked: string[] = []
      const inside = await httpPeer((_request, response) => response.end('canary-inside'))
      const own = await httpPeer(async (request, response) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk)
        heard.push(`${request.url} ${JSON.stringify(request.headers)} ${Buffer.concat(chunks)}`)
        const { pathname, searchParams } = new URL(request.url ?? '', 'http://own')
        const status = /^\/to(\d{3})$/.exec(pathname)?.[1]
        if (status === undefined) return response.end('own')
        // The first parameter's name; without one it goes round in a circle.
        const first = [...searchParams.keys()][0] ?? 'token'
        const location = first === 'token' ? '/to302' : first
        return response.writeHead(Number(status), { location }).end()
      })
      const hostile = await rawPeer((socket, text) => {
        heard.push(text)
        const [, path = ''] = /^\S+ (\S*?)(?:\?\S*)? /.exec(text) ?? []
        const answer = (head: string, body: string | Uint8Array = '') => {
          socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`)
          socket.end(body)
        }
        const endless = (first: string, piece: string) => {
          socket.write(first)
          const more = () => {
            while (!socket.destroyed && socket.write(piece));
          }
          socket.on('drain', more)
          more()
        }
        const kilobyte = 'x'.repeat(1024)
        switch (path) {
          case '/endless':
            return endless('HTTP/1.1 200 OK\r\n\r\n', kilobyte.repeat(16))
          case '/chunks':
            return endless('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', `400\r\n${kilobyte}\r\n`)
          case '/informing':
            return endless('', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')
          case '/headers':
            return endless('HTTP/1.1 200 OK\r\n', `X-More: ${kilobyte}\r\n`)
          case '/announced':
            return answer('Content-Length: 99999999999', kilobyte)
          case '/gzip':
            return answer(`Content-Encoding: gzip\r\nContent-Length: ${bomb.length}`, bomb)
          case '/brotli':
            return answer(`Content-Encoding: br\r\nContent-Length: ${brotliBomb.length}`, brotliBomb)
          case '/twice':
            return answer('Content-Encoding: gzip, gzip', gzipSync(bomb))
          case '/unasked':
            return answer('Content-Encoding: deflate', kilobyte)
          case '/broken':
            return answer('Content-Encoding: gzip', 'not gzip at all')
          case '/short':
            return answer('Content-Length: 2000', kilobyte)
          case '/two':
            return answer('Content-Length: 5\r\nContent-Length: 6', 'hello!')
          case '/both':
            return answer('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n')
          case '/garbage':
            return socket.end('220 smtp.example ESMTP\r\n')
          case '/upgrade':
            return void socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
          case '/silent':
            return undefined
          case '/slow':
            return void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
          default:
            return socket.end()
        }
      })
      const served = await serveApp(relay(['https://named.example.com', 'http://plain.example.com']), store, {
        start: {
          http: {
            private: [own.place, hostile.place, `own.test:${own.port}`],
            resolve: async (host) => {
              looked.push(host)
              const [first = [], ...rest] = names.get(host) ?? []
              if (rest.length > 0) names.set(host, rest)
              return first
            },
          },
        },
      })
      return {
        ...served,
        own,
        hostile,
        inside,
        heard,
        names,
        looked,
        async kept(code, path, address) {
          const status = statuses[code as keyof typeof statuses]
          const answer = await served.refused(status, 'POST', path, { as: 'ada', json: { address } })
          assert.equal(answer.json.code, code, `${address}: ${answer.text}`)
          assert.equal(inside.connections, 0, `${address} led inside`)
          const told = answer.text + served.lines.join('\n')
          assert.ok(!told.includes(serviceKey), `${address}: the key is told`)
        },
        async close() {
          await served.close()
          for (const peer of [own, hostile, inside]) await peer.close()
        },
      }
    },
    suite,
  )
}

export { test } from './siege.ts'
