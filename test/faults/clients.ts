import { setTimeout as pause } from 'node:timers/promises'

/** What one client was told, in the order of time. Times are of one monotonic clock. */
export type Told =
  | { readonly kind: 'entry' | 'transfer'; readonly key: string; readonly acknowledged: boolean }
  | { readonly kind: 'bump'; readonly sheet: string; readonly version: number | undefined; readonly at: number }
  | {
      readonly kind: 'read'
      readonly sheet: string
      readonly version: number
      readonly begun: number
    }

export interface Load {
  readonly told: readonly Told[]
  /** Requests that had no answer, or a 5xx, and were sent again. */
  readonly repeated: number
  readonly requests: number
  /** Answers nobody should get, whatever breaks. */
  readonly strange: readonly string[]
  /** No new work; every write that was begun is repeated until it is answered. */
  finish(): Promise<void>
}

const clients = 12
const patience = 5_000
const longestRetry = 120_000

/** Clients that write and read all the time, and repeat a write under its Idempotency-Key until they are answered. */
export function startLoad(url: string, sheets: readonly string[]): Load {
  const told: Told[] = []
  const strange: string[] = []
  let repeated = 0
  let requests = 0
  let stopping = false
  let serial = 0

  const send = async (method: string, path: string, body?: object, key?: string): Promise<unknown> => {
    const end = performance.now() + longestRetry
    for (;;) {
      requests += 1
      const failure = await attempt(method, path, body, key).catch((error: unknown) => ({ failure: error }))
      if (!isFailure(failure)) return failure.answer
      if (performance.now() > end) return undefined
      repeated += 1
      await pause(20 + Math.random() * 80)
    }
  }

  const attempt = async (method: string, path: string, body?: object, key?: string) => {
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(patience),
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status >= 500 || response.status === 408 || response.status === 429)
      return { failure: response.status }
    if (response.status >= 300) {
      strange.push(`${method} ${path} ${response.status} ${text}`)
      return { answer: undefined }
    }
    return { answer: text === '' ? null : (JSON.parse(text) as unknown) }
  }

  const work = async (client: number): Promise<void> => {
    while (!stopping) {
      const n = serial++
      const dice = Math.random()
      if (dice < 0.35) {
        const key = `entry-${client}-${n}`
        const answer = await send('POST', '/entries', { key, amount: n % 100 }, key)
        told.push({ kind: 'entry', key, acknowledged: answer !== undefined })
      } else if (dice < 0.55) {
        const key = `transfer-${client}-${n}`
        const answer = await send('POST', '/transfers', { key, amount: n % 100 }, key)
        told.push({ kind: 'transfer', key, acknowledged: answer !== undefined })
      } else if (dice < 0.8) {
        const sheet = sheets[n % sheets.length] ?? ''
        const answer = await send('POST', `/sheets/${sheet}/bump`, undefined, `bump-${client}-${n}`)
        told.push({ kind: 'bump', sheet, version: versionOf(answer), at: performance.now() })
      } else {
        const sheet = sheets[n % sheets.length] ?? ''
        const begun = performance.now()
        const version = versionOf(await send('GET', `/sheets/${sheet}`))
        if (version !== undefined) told.push({ kind: 'read', sheet, version, begun })
      }
      await pause(2)
    }
  }

  const working = Array.from({ length: clients }, (_, client) => work(client))
  return {
    told,
    strange,
    get repeated() {
      return repeated
    },
    get requests() {
      return requests
    },
    async finish() {
      stopping = true
      await Promise.all(working)
    },
  }
}

const isFailure = (outcome: object): outcome is { failure: unknown } => 'failure' in outcome

const versionOf = (answer: unknown): number | undefined =>
  typeof answer === 'object' && answer !== null && 'version' in answer && typeof answer.version === 'number'
    ? answer.version
    : undefined
