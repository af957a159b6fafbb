import { setTimeout as pause } from 'node:timers/promises'
import type { Version } from './versions.ts'

/** What clients of one version met. */
export interface Met {
  readonly requests: number
  /** Everything that was not as it should be, with how often. */
  readonly errors: ReadonlyMap<string, number>
  /** Milliseconds, sorted. */
  readonly times: readonly number[]
}

export interface Clients {
  /** Ends them after the requests that are under way. */
  stop(): Promise<Met>
}

/** Milliseconds between two requests of one client: a load that leaves the machine room for the migration. */
const rest = 5
let made = 0

/**
 * Clients of one version: each creates a row, changes it again and again, and reads it, others' and lists. What they were
 * told must still be so when they look: a change that is not there is an error like an answer that is not 200.
 */
export function startClients(port: number, version: Version, count: number, others: readonly string[]): Clients {
  const errors = new Map<string, number>()
  const times: number[] = []
  let stopping = false

  const failed = (what: string): void => {
    errors.set(what, (errors.get(what) ?? 0) + 1)
  }
  async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown> | undefined> {
    const begun = performance.now()
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
      const text = await response.text()
      times.push(performance.now() - begun)
      if (response.status < 300) return JSON.parse(text)
      failed(`${method} ${response.status} ${text.slice(0, 200)}`)
    } catch (error) {
      failed(`${method} ${error instanceof Error ? error.message : String(error)}`)
    }
    return undefined
  }
  function expect(found: Record<string, unknown> | undefined, said: Readonly<Record<string, unknown>>): void {
    for (const [field, value] of Object.entries(said))
      if (found && found[field] !== value) failed(`${field} is ${found[field]} and was ${value}`)
  }

  async function client(number: number): Promise<void> {
    const said = version.create(number)
    const own = await call('POST', '/customers', said)
    expect(own, said)
    for (let n = 1; !stopping; n++) {
      const change = version.update(n)
      expect(await call('PATCH', `/customers/${own?.id}`, change), change)
      expect(await call('GET', `/customers/${own?.id}`), { ...said, ...change })
      const other = others[(n * 7919 + number) % others.length]
      if (other !== undefined) await call('GET', `/customers/${other}`)
      if (n % 5 === 0) await call('GET', '/customers?sort=-createdAt&limit=20')
      if (n % 3 === 0) await call('POST', '/customers', version.create(n))
      await pause(rest)
    }
  }

  const running = Array.from({ length: count }, () => client(++made))
  return {
    async stop() {
      stopping = true
      await Promise.all(running)
      return { requests: times.length, errors, times: times.sort((a, b) => a - b) }
    },
  }
}
