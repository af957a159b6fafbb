import type { Manifest } from '../../manifest/manifest.ts'
import { policyMatrix } from '../policies/matrix.ts'
import type { Entry } from './inventory/inventory.ts'
import { type Exchange, succeeded } from './target/exchange.ts'

/** How far the probes came with one operation. */
export interface Covered {
  readonly operation: string
  readonly address: string
  readonly requests: number
  /** Requests that went well. */
  readonly done: number
  /** Statuses that were answered, in order. */
  readonly statuses: readonly number[]
  /** Why nothing was proven of it. Absent: it was reached. */
  readonly missed?: string
}

export interface Coverage {
  saw(exchange: Exchange): void
  of(entries: readonly Entry[], manifest: Manifest): readonly Covered[]
}

/** Counts what was answered by which operation. */
export function createCoverage(): Coverage {
  const seen = new Map<string, { requests: number; done: number; ran: boolean; statuses: Set<number> }>()
  return {
    saw(exchange) {
      const { name } = exchange.draft.entry
      const one = seen.get(name) ?? { requests: 0, done: 0, ran: false, statuses: new Set<number>() }
      one.requests += 1
      if (succeeded(exchange)) one.done += 1
      one.ran ||= isHandlers(exchange)
      one.statuses.add(exchange.status)
      seen.set(name, one)
    },
    of(entries, manifest) {
      const closed = closedOperations(manifest)
      return entries.map((entry) => {
        const { requests = 0, done = 0, ran = false, statuses = new Set<number>() } = seen.get(entry.name) ?? {}
        const missed = done > 0 || ran ? undefined : whyMissed(entry, [...statuses], closed)
        return {
          operation: entry.name,
          address: `${entry.http.method} ${entry.http.path}`,
          requests,
          done,
          statuses: [...statuses].sort((a, b) => a - b),
          ...(missed !== undefined && { missed }),
        }
      })
    },
  }
}

/** What stands before a handler refuses with these, and a value that is not as declared with a place in the request. */
const before: ReadonlySet<number> = new Set([0, 400, 401, 403, 404, 405, 406, 413, 414, 415, 428, 429, 431, 503, 504])

/** Whether a refusal is the app's own code speaking: it was reached, and did not like what it was given. */
const isHandlers = ({ draft, status, text }: Exchange): boolean =>
  draft.entry.handler && status >= 400 && !before.has(status) && !/"place":\s*"\//.test(text)

/** Operations that nobody may call, by the rules. */
const closedOperations = (manifest: Manifest): ReadonlySet<string> =>
  new Set(
    policyMatrix(manifest)
      .sections.flatMap(({ operations }) => operations)
      .filter(({ cells }) => cells.every(({ may }) => may === 'no'))
      .map(({ operation }) => operation),
  )

function whyMissed(entry: Entry, statuses: readonly number[], closed: ReadonlySet<string>): string | undefined {
  if (statuses.length === 0) return 'nobody knows what to send: give an example in prove.json'
  if (closed.has(entry.name)) return undefined
  // Its code is Bede's: that it was asked, and refused what it was given, is enough here.
  if (entry.brought) return undefined
  return `every request was refused (${statuses.join(', ')}): give an example in prove.json`
}
