import { connect, createServer, type Socket } from 'node:net'

/** What stands between a test and a server: it hears what is asked, and can break the line, or hold it. */
export interface Tap {
  readonly url: string
  /** The beginning of every request that came on a new connection, and all that was small. */
  heard(): string
  /** Breaks every connection, now and from now on; `after`: once so many more bytes have gone that way. */
  cut(way?: 'there' | 'back', after?: number): void
  /** Passes nothing on, and breaks nothing. */
  hold(): void
  /** As it was in the beginning. */
  mend(): void
  close(): Promise<void>
}

export async function tap(to: string): Promise<Tap> {
  const { hostname, port } = new URL(to)
  const open = new Set<Socket>()
  const left = { there: Number.POSITIVE_INFINITY, back: Number.POSITIVE_INFINITY }
  let held = false
  let heard = ''
  const isCut = () => left.there <= 0 || left.back <= 0
  const breakAll = () => {
    for (const socket of open) socket.destroy()
  }
  const pass = (way: keyof typeof left, from: Socket, into: Socket): void => {
    from.on('data', (bytes) => {
      if (way === 'there') heard += bytes.subarray(0, 2_000).toString('latin1')
      if (held) return
      const some = bytes.subarray(0, left[way])
      left[way] -= bytes.length
      if (isCut()) into.end(some, breakAll)
      else into.write(some)
    })
    from.on('error', () => {})
    from.on('close', () => {
      open.delete(from)
      into.destroy()
    })
    open.add(from)
  }
  const server = createServer((near) => {
    if (isCut()) {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    pass('there', near, far)
    pass('back', far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    heard: () => heard,
    cut(way = 'there', after = 0) {
      left[way] = after
      if (isCut()) breakAll()
    },
    hold() {
      held = true
    },
    mend() {
      held = false
      left.there = left.back = Number.POSITIVE_INFINITY
    },
    close: () =>
      new Promise((resolve) => {
        breakAll()
        server.close(() => resolve())
      }),
  }
}
