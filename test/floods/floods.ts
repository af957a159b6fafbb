import { gzipSync } from 'node:zlib'
import type { Attacker } from './attacker.ts'

/** What a flood has to work with. */
export interface Ground {
  readonly attacker: Attacker
  /** Of somebody who is signed in. */
  readonly token: string
  /** How many connections a flood of connections has. */
  readonly connections: number
}

export interface Flood {
  readonly name: string
  /** What it does, in a table. */
  readonly does: (ground: Ground) => string
  /** Begins it. What it gives is called again and again, many times in a second, while it lasts. */
  begin(ground: Ground): () => void
  /** Whether the server was seen to do something about it. Absent: there is nothing to be seen. */
  met?(attacker: Attacker): boolean
}

const head = (line: string, ...lines: readonly string[]) =>
  `${line} HTTP/1.1\r\n${['Host: localhost', ...lines].join('\r\n')}\r\n`
const post = (token: string, length: number, ...more: readonly string[]) =>
  `${head('POST /api/articles', `Authorization: Token ${token}`, 'Content-Type: application/json', `Content-Length: ${length}`, ...more)}\r\n`
const megabyte = 1_000_000
const few = ({ connections }: Ground) => Math.ceil(connections / 10)
/** How many connections a flood that comes and goes begins with each time. */
const burst = 10

export const floods: readonly Flood[] = [
  {
    name: 'connections that say nothing',
    does: ({ connections }) => `${connections} are opened and kept`,
    begin({ attacker, connections }) {
      attacker.open(connections, () => {})
      return () => attacker.open(Math.max(0, Math.min(burst, connections - attacker.connected)), () => {})
    },
  },
  {
    name: 'headers that come slowly',
    does: ({ connections }) => `on ${connections}, a letter at a time`,
    begin({ attacker, connections }) {
      const drips: (() => void)[] = []
      attacker.open(connections, (socket) => {
        socket.write(`${head('GET /api/tags')}X-Slow: `)
        drips.push(() => socket.writable && socket.write('x'))
      })
      let turn = 0
      return () => {
        // Each a few times in a second.
        for (let n = 0; n < drips.length / 10; n++) drips[turn++ % drips.length]?.()
      }
    },
  },
  {
    name: 'bodies that stop before their end',
    does: (ground) => `on ${few(ground)}, signed in, 900 KB of 1 MB each`,
    begin(ground) {
      const { attacker, token } = ground
      const part = `${post(token, megabyte)}{"article":{"title":"${'x'.repeat(0.9 * megabyte)}`
      // A line of a gigabit brings no more.
      return () => attacker.open(attacker.connected < few(ground) ? 1 : 0, (socket) => socket.write(part))
    },
  },
  {
    name: 'answers that nobody takes',
    does: (ground) => `on ${few(ground)}, 15 requests at once for the OpenAPI document, nothing read`,
    begin(ground) {
      const { attacker } = ground
      const asked = `${head('GET /openapi.json')}\r\n`.repeat(15)
      const ask = () =>
        attacker.open(Math.max(0, Math.min(burst, few(ground) - attacker.connected)), (socket) => {
          socket.pause()
          socket.write(asked)
        })
      attacker.open(few(ground), (socket) => {
        socket.pause()
        socket.write(asked)
      })
      return ask
    },
  },
  {
    name: 'more requests than can be answered',
    does: (ground) => `on ${few(ground)}, twelve at once, and a next one for each answer`,
    met: ({ statuses }) => statuses.has(503),
    begin(ground) {
      const { attacker } = ground
      const one = `${head('GET /api/articles?limit=20')}\r\n`
      const add = () =>
        attacker.open(Math.max(0, few(ground) - attacker.connected), (socket) => {
          socket.write(one.repeat(12))
          socket.on('data', (data) => {
            const answers = data.toString('latin1').split('HTTP/1.1 ').length - 1
            if (answers > 0 && socket.writable) socket.write(one.repeat(answers))
          })
        })
      add()
      return add
    },
  },
  {
    name: 'requests in heaps',
    does: () => '2,000 at once on a connection, again and again, ten at a time',
    met: ({ closed }) => closed > 0,
    begin({ attacker }) {
      const heap = `${head('GET /api/articles?limit=20')}\r\n`.repeat(2_000)
      return () => attacker.open(Math.max(0, burst - attacker.connected), (socket) => socket.write(heap))
    },
  },
  {
    name: 'bombs of JSON',
    does: () => '10,000 levels; 1,000,000 members; 100,000 members of one object; a name of 900 KB; a gzip of 20 MB',
    met: ({ statuses }) => statuses.has(415) && statuses.size > 1,
    begin({ attacker, token }) {
      const packed = gzipSync('{'.padEnd(20 * megabyte, ' '))
      const bodies = [
        `{"article":${'['.repeat(10_000)}`,
        `{"article":${'{"a":'.repeat(10_000)}`,
        `{"article":[${'0,'.repeat(490_000)}0]}`,
        `{${Array.from({ length: 90_000 }, (_, n) => `"k${n}":0`).join(',')}}`,
        `{"${'a'.repeat(900_000)}":0}`,
        `{"article":{"title":"${'\\u0041'.repeat(150_000)}"}}`,
        `{"article":{"title":1${'0'.repeat(800_000)}}}`,
        '"'.repeat(900_000),
      ]
      let turn = 0
      return () => {
        if (attacker.connected > burst) return
        attacker.open(1, (socket) => {
          const body = bodies[turn++ % bodies.length] ?? ''
          socket.end(`${post(token, Buffer.byteLength(body), 'Connection: close')}${body}`)
        })
        attacker.open(1, (socket) => {
          socket.write(post(token, packed.length, 'Content-Encoding: gzip', 'Connection: close'))
          socket.end(packed)
        })
      }
    },
  },
  {
    name: 'heads that are too long',
    does: () => '3,000 lines; a line of 1 MB; an address of 1 MB; 16 KB of cookies',
    met: ({ statuses }) => statuses.has(431),
    begin({ attacker }) {
      const heads = [
        `${head('GET /api/tags', ...Array.from({ length: 3_000 }, (_, n) => `A${n}: 1`))}\r\n`,
        `${head('GET /api/tags', `A: ${'x'.repeat(megabyte)}`)}\r\n`,
        `${head(`GET /api/tags?a=${'x'.repeat(megabyte)}`)}\r\n`,
        `${head('GET /api/tags', `Cookie: ${'a=b; '.repeat(3_000)}`, 'Connection: close')}\r\n`,
        `${head('GET /api/tags', `Accept: ${'a/b;q=0.1,'.repeat(1_400)}`, 'Connection: close')}\r\n`,
        `${head('GET /api/tags', `If-None-Match: ${'"a",'.repeat(3_500)}`, 'Connection: close')}\r\n`,
      ]
      let turn = 0
      return () => {
        if (attacker.connected < 5 * burst) attacker.open(2, (socket) => socket.end(heads[turn++ % heads.length] ?? ''))
      }
    },
  },
  {
    name: 'connections that come and go',
    does: () => 'opened and reset, as fast as it goes; every third sends what is no HTTP',
    met: ({ statuses }) => statuses.has(400),
    begin({ attacker }) {
      return () => {
        if (attacker.connected > 20 * burst) return
        attacker.open(burst, (socket, index) => {
          if (index % 3 === 0) socket.write(Buffer.alloc(2_000, index))
          else socket.resetAndDestroy()
        })
      }
    },
  },
]
