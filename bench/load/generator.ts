import { LoadConnection } from './connection.ts'

/**
 * The load, in a process of its own: `connections` clients, each with one request under way, for `warm` and then
 * `seconds` seconds. It says `measuring` when the warm-up is over and `done` with what it counted.
 */
export interface Order {
  readonly port: number
  /** Whole requests as they go over the wire; taken in turn. */
  readonly requests: readonly string[]
  readonly connections: number
  readonly warm: number
  readonly seconds: number
}

export interface Counted {
  readonly requests: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /** Answers by status that is not 2xx. */
  readonly refused: Readonly<Record<string, number>>
  /** CPU milliseconds that the load itself took. */
  readonly cpu: number
}

export type Said =
  | { readonly kind: 'measuring' }
  | ({ readonly kind: 'done' } & Counted)
  | { readonly kind: 'failed'; readonly message: string }

/** Width of a latency bucket in milliseconds, and how many there are. */
const width = 0.02
const buckets = 100_000

const say = (said: Said): void => void process.send?.(said)

process.on('disconnect', () => process.exit())
process.on('message', (order: Order) => {
  run(order).then(say, (error: unknown) => say({ kind: 'failed', message: String(error) }))
})

async function run({ port, requests, connections, warm, seconds }: Order): Promise<Said> {
  const wire = requests.map((text) => Buffer.from(text))
  const histogram = new Uint32Array(buckets)
  const refused: Record<string, number> = {}
  let turn = 0
  let counted = 0
  let measuring = false
  let over = false
  const next = (): Buffer | undefined => (over ? undefined : wire[turn++ % wire.length])
  const answered = (status: number, milliseconds: number): void => {
    if (status < 200 || status > 299) refused[status] = (refused[status] ?? 0) + 1
    if (!measuring) return
    counted++
    const bucket = Math.min(buckets - 1, (milliseconds / width) | 0)
    histogram[bucket] = (histogram[bucket] ?? 0) + 1
  }
  const clients = Array.from({ length: connections }, () => new LoadConnection(port, next, answered))
  const ended = Promise.all(clients.map((client) => client.ended))
  ended.catch(() => {})
  await Promise.race([sleep(warm), ended])
  say({ kind: 'measuring' })
  const cpu = process.cpuUsage()
  const begun = performance.now()
  measuring = true
  await Promise.race([sleep(seconds), ended])
  measuring = false
  const elapsed = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  over = true
  await ended
  return {
    kind: 'done',
    requests: counted,
    seconds: elapsed,
    p50: percentile(histogram, counted, 0.5),
    p99: percentile(histogram, counted, 0.99),
    refused,
    cpu: (user + system) / 1000,
  }
}

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

function percentile(histogram: Uint32Array, counted: number, part: number): number {
  let left = counted * part
  for (let bucket = 0; bucket < histogram.length; bucket++) {
    left -= histogram[bucket] ?? 0
    if (left <= 0) return (bucket + 0.5) * width
  }
  return buckets * width
}
