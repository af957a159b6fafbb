import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../../../engine/limits/network.ts'

export interface ConnectionLimits {
  /** Connections that are open at once. */
  readonly connections: number
  /** Of them, those of one address (IPv6: of one /64), unless it is a trusted proxy's. */
  readonly connectionsOfOne: number
  /** Milliseconds that a caller may take nothing of an answer that waits for it. */
  readonly stallTime: number
  /** Bytes that have to move in a second, once any do. */
  readonly readRate: number
}

/** The connections of a server: none is kept for nothing when there are too many, or when nobody reads at its end. */
export interface Connections {
  /** Begins to look after them; `also` is done at each look. */
  watch(also: () => void): void
  /** By how many milliseconds this process was late the last time it was to do something. */
  late(): number
  /** Ends those that have never said anything. */
  endSilent(): void
  close(): void
}

interface Watched {
  readonly key: string | undefined
  /** When an answer last went out on it; before the first, when it was opened. */
  answered: number
  written: number
  /** What has been taken of that, and since when no more was. */
  taken: number
  stalled: number | undefined
}

/** Milliseconds between two looks. */
const period = 500
/** When there are too many, one in so many goes: to choose costs a look at all of them. */
const share = 16

/** `busy`: the sockets that something is being done for, which are never ended here. */
export function createConnections(
  server: Server,
  limits: ConnectionLimits,
  { busy, isProxy }: { readonly busy: () => ReadonlySet<Socket>; readonly isProxy: (address: string) => boolean },
): Connections {
  const watched = new Map<Socket, Watched>()
  const counts = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let due = 0
  let late = 0

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const key = isProxy(address) ? undefined : networkOf(address)
    if (!hasRoom(key)) {
      socket.destroy()
      return
    }
    const now = performance.now()
    watched.set(socket, { key, answered: now, written: 0, taken: 0, stalled: undefined })
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1)
    socket.once('close', () => forget(socket))
  })

  return {
    watch(also) {
      due = performance.now() + period
      timer ??= setInterval(() => {
        look()
        also()
      }, period).unref()
    },
    // Between two looks it may have got later.
    late: () => Math.max(late, timer ? performance.now() - due : 0),
    endSilent() {
      // Node takes a connection that never said anything for a busy one, and would wait for it.
      for (const socket of watched.keys()) if (socket.bytesRead === 0) socket.destroy()
    },
    close: () => clearInterval(timer),
  }

  function forget(socket: Socket): void {
    const key = watched.get(socket)?.key
    if (!watched.delete(socket) || key === undefined) return
    const count = (counts.get(key) ?? 1) - 1
    if (count > 0) counts.set(key, count)
    else counts.delete(key)
  }

  /** Whether one more may come, when those have gone that can: of the same caller first, then of all. */
  function hasRoom(key: string | undefined): boolean {
    if (key !== undefined && (counts.get(key) ?? 0) >= limits.connectionsOfOne)
      if (!makeRoom(limits.connectionsOfOne, key)) return false
    return watched.size < limits.connections || makeRoom(limits.connections)
  }

  /** Ends those that were answered least recently, and are not being answered. */
  function makeRoom(limit: number, key?: string): boolean {
    const working = busy()
    const idle = [...watched].filter(
      ([socket, { key: other }]) => (key === undefined || other === key) && !working.has(socket),
    )
    idle.sort(([, one], [, other]) => one.answered - other.answered)
    const ended = idle.slice(0, Math.ceil(limit / share))
    for (const [socket] of ended) {
      forget(socket)
      socket.destroy()
    }
    return ended.length > 0
  }

  function look(): void {
    const now = performance.now()
    late = Math.max(0, now - due)
    due = now + period
    for (const [socket, state] of watched) {
      if (socket.bytesWritten !== state.written) {
        state.written = socket.bytesWritten
        state.answered = now
      }
      // What the kernel keeps for it goes as well.
      if (isStalled(socket, state, now)) socket.resetAndDestroy()
    }
  }

  /** A caller who takes nothing, or hardly anything, of what was sent is waited for as long as a slow line takes. */
  function isStalled({ bytesWritten, writableLength }: Socket, state: Watched, now: number): boolean {
    const taken = bytesWritten - writableLength
    if (writableLength === 0 || taken !== state.taken || state.stalled === undefined) {
      state.taken = taken
      state.stalled = writableLength === 0 ? undefined : now
      return false
    }
    return now - state.stalled > limits.stallTime + (writableLength / limits.readRate) * 1000
  }
}
