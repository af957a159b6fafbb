import { connect, createServer, type Socket } from 'node:net'

/** What lies between the server and its database, and does what networks do. */
export interface Network {
  readonly url: string
  /** Nothing passes, and nobody is told, until `heal`. */
  stall(): void
  /** Every connection is reset. */
  cut(): void
  /** Of what the database says next on each connection only a part arrives, then the connection ends. */
  truncate(): void
  heal(): void
  close(): Promise<void>
}

export async function createNetwork(target: string): Promise<Network> {
  const { hostname, port } = new URL(target)
  const pairs = new Set<readonly [client: Socket, database: Socket]>()
  let truncating = false
  let stalled = false
  const server = createServer((client) => {
    const database = connect(Number(port), hostname)
    const pair = [client, database] as const
    pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        for (const other of pair) other.destroy()
      })
      if (stalled) socket.pause()
    }
    client.on('data', (data) => database.write(data))
    database.on('data', (data) => {
      if (!truncating) return client.write(data)
      client.write(data.subarray(0, Math.floor(data.length / 2)))
      return client.end(() => database.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(target)
  url.port = String(typeof address === 'object' && address ? address.port : 0)
  const each = (act: (socket: Socket) => void) => {
    for (const pair of pairs) for (const socket of pair) act(socket)
  }
  const network: Network = {
    url: url.href,
    stall() {
      stalled = true
      each((socket) => socket.pause())
    },
    cut: () => each((socket) => socket.resetAndDestroy()),
    truncate() {
      truncating = true
    },
    heal() {
      stalled = false
      truncating = false
      each((socket) => socket.resume())
    },
    async close() {
      each((socket) => socket.destroy())
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return network
}
