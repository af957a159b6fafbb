import type { ProveFile } from '../acknowledged.ts'
import { type Finding, shortened } from '../finding.ts'
import { aboutModel } from '../inventory/about.ts'
import type { Entry } from '../inventory/inventory.ts'
import { draft } from '../inventory/request.ts'
import { asCurl, type Exchange, succeeded } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import type { Person } from '../world/person.ts'
import type { PlantedRow } from '../world/planting.ts'
import { createOracle, type Expected, type Oracle } from './expected.ts'

/** One call of one operation: who, about whose row, what the policies say, and what came of it. */
export interface PolicyCell {
  readonly operation: string
  readonly role: string
  /** `own`, `bob's`, `eve's (status draft)`; empty: about no row. */
  readonly row: string
  readonly expected: Expected
  readonly observed: number
  readonly same: boolean
}

export interface PolicyProof {
  readonly cells: readonly PolicyCell[]
  readonly findings: readonly Finding[]
}

/** Rows of one operation that each person asks for: more than any world has, but for very wide ones. */
const most = 80

/** Every role, every operation and every row: what the policies say in memory, against what is answered over HTTP. */
export async function provePolicies(
  target: Target,
  tell: (operation: string) => void,
  examples: ProveFile['examples'] = {},
): Promise<PolicyProof> {
  const oracle = createOracle(target.manifest, target.world.stored)
  const cells: PolicyCell[] = []
  const findings: Finding[] = []
  for (const entry of target.entries) {
    // With its beginning the rules say all that they have to say of a file that is sent in parts.
    if (entry.brought || (entry.upload && entry.upload.does !== 'begin')) continue
    tell(entry.name)
    const listing: Listed[] = []
    for (const as of target.world.people) {
      for (const about of rowsFor(entry, target, as)) {
        const example = examples[entry.name]
        const request = draft(entry, target.world, { about, full: true, ...(example && { example }) })
        if (!request) continue
        const call = { operation: entry.operation, input: request.input, actor: as.actor }
        const expected = oracle.expected(call)
        const exchange = await target.send(request, as)
        const difference = differs(expected, exchange, target)
        const cell = {
          operation: entry.name,
          role: as.name,
          row: relation(as, about),
          expected,
          observed: exchange.status,
        }
        cells.push({ ...cell, same: difference === undefined })
        if (difference !== undefined) findings.push(finding(exchange, cell.row, difference))
        if (about === undefined && succeeded(exchange)) listing.push({ exchange, oracle, call })
      }
    }
    findings.push(...listFindings(listing, target))
  }
  return { cells, findings }
}

function rowsFor(entry: Entry, { world }: Target, as: Person): readonly (PlantedRow | undefined)[] {
  const model = aboutModel(entry)
  const rows = model === undefined ? [] : world.rows.filter((row) => row.model === model)
  // Who is not signed in is told so before any row is looked for.
  const asked = as.account === '' && entry.operation.auth === 'required' ? 1 : most
  return rows.length > 0 ? rows.slice(0, asked) : [undefined]
}

function relation(as: Person, about: PlantedRow | undefined): string {
  if (!about) return ''
  const whose = about.owner === as.name ? 'own' : `${about.owner}'s`
  return about.variant === '' ? whose : `${whose} (${about.variant})`
}

/** Statuses that say that a rule was not even asked: the input, or another state than the rules speak of. */
const undecided: ReadonlySet<number> = new Set([400, 406, 409, 410, 412, 413, 415, 422, 423, 428, 429])

/** In which way an answer is not what the policies say; undefined: it is. */
function differs(expected: Expected, exchange: Exchange, { served }: Target): string | undefined {
  const { status } = exchange
  if (expected === 'undecided' || undecided.has(status)) return undefined
  if (succeeded(exchange))
    return expected === 'done' ? undefined : `the policies refuse it (${words[expected]}), and it is done`
  if (expected === 'done') return `the policies let it through, and it is refused with ${status}`
  // An app with its own form of refusals may give them statuses of its own.
  const own = served.backend.options.problem !== undefined
  const wanted = statuses[expected]
  return own || wanted.includes(status) ? undefined : `the policies say ${words[expected]}, and it answers ${status}`
}

const words = {
  'signed out': 'nobody is signed in: 401',
  forbidden: 'the row is seen and the rule does not hold: 403',
  missing: 'the row is not seen: 404',
} as const

const statuses: Readonly<Record<keyof typeof words, readonly number[]>> = {
  'signed out': [401, 403],
  forbidden: [403],
  missing: [404],
}

const finding = (exchange: Exchange, row: string, says: string): Finding => ({
  rule: 'Answers differ from the policies',
  operation: exchange.draft.entry.name,
  says: `${exchange.as.name}${row === '' ? '' : `, about ${row === 'own' ? 'their own row' : `the row: ${row}`}`}: ${says}`,
  hint: 'Compare with bede check --policies, and with what backend.explain says of the call.',
  reproduce: asCurl(exchange),
  evidence: shortened(`${exchange.status} ${exchange.text}`),
})

interface Listed {
  readonly exchange: Exchange
  readonly oracle: Oracle
  readonly call: Parameters<Oracle['listed']>[0]
}

/** A list has the rows that the policies let its reader see: all of them, and no others. */
function listFindings(all: readonly Listed[], { world }: Target): readonly Finding[] {
  const shownBy = ({ exchange }: Listed, model: string): ReadonlySet<string> =>
    new Set(world.marks.shown(exchange.text).flatMap((marked) => (marked.model === model ? [marked.row] : [])))
  return all.flatMap((one) => {
    const listed = one.oracle.listed(one.call)
    if (!listed) return []
    const shown = shownBy(one, listed.model)
    // Of a row whose fields nobody is shown it cannot be told whether it is in the list.
    const told = new Set(all.flatMap((other) => [...shownBy(other, listed.model)]))
    const missing = listed.ids.filter((id) => told.has(id) && !shown.has(id))
    if (missing.length === 0 || isLimited(one.exchange, listed.ids.length)) return []
    return [
      finding(
        one.exchange,
        '',
        `the policies let them see ${listed.model} ${missing.join(', ')}, which is not in the list`,
      ),
    ]
  })
}

/** Rows that a page holds at least, whatever an app says. */
const leastPage = 20

const isLimited = ({ headers }: Exchange, rows: number): boolean => headers.has('link') || rows > leastPage
