import { connect, type Socket } from 'node:net'

/** Somebody with many connections from several addresses of this machine (Linux answers on all that begin with 127). */
export interface Attacker {
  /** Opens so many connections, and does something with each; not all may stay. */
  open(count: number, each: (socket: Socket, index: number) => void): void
  /** What is still open. */
  readonly connected: number
  /** How many answers came, by status. */
  readonly statuses: ReadonlyMap<number, number>
  /** How often the other end closed a connection. */
  readonly closed: number
  end(): void
}

/** Addresses that are not the one at which health is asked. */
const firstAddress = 2

export function createAttacker(port: number, addresses: number): Attacker {
  const open = new Set<Socket>()
  const statuses = new Map<number, number>()
  let closed = 0
  let opened = 0
  return {
    statuses,
    get connected() {
      return open.size
    },
    get closed() {
      return closed
    },
    open(count, each) {
      for (let n = 0; n < count; n++) {
        const index = opened++
        const localAddress = `127.0.0.${firstAddress + (index % addresses)}`
        const socket = connect({ port, host: '127.0.0.1', localAddress })
        open.add(socket)
        socket.on('data', (data) => {
          for (const [, status] of data.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3}) /g))
            statuses.set(Number(status), (statuses.get(Number(status)) ?? 0) + 1)
        })
        socket.on('error', () => {})
        socket.on('close', () => {
          if (open.delete(socket)) closed++
        })
        socket.once('connect', () => each(socket, index))
      }
    },
    end() {
      const all = [...open]
      open.clear()
      for (const socket of all) socket.destroy()
    },
  }
}
