import type { ProveFile } from '../acknowledged.ts'
import { sendInParts } from '../attacks/in-parts.ts'
import { type Finding, shortened } from '../finding.ts'
import type { Entry } from '../inventory/inventory.ts'
import { draft } from '../inventory/request.ts'
import { asCurl, type Exchange } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import { nobody } from '../world/person.ts'
import { anyInput, placeOf } from './any-input.ts'
import { type Documented, documentedAnswers } from './documented.ts'
import { hostileFiles, provoke } from './provoke.ts'

/** What was seen of the answers of one operation. */
export interface ContractRow {
  readonly operation: string
  readonly requests: number
  /** The documented statuses that were answered, and those that nothing brought about. */
  readonly produced: readonly number[]
  readonly left: readonly number[]
}

export interface ContractProof {
  readonly rows: readonly ContractRow[]
  readonly findings: readonly Finding[]
}

/** Inputs that are tried of each operation, beside those that provoke a status. */
const runs = 20

/**
 * Every documented status that can be produced, every answer held against its schema, and inputs of all kinds, of which
 * one that fails is made as small as it can be. The same seed tries the same.
 */
export async function proveContract(
  target: Target,
  { seed, examples }: { readonly seed: number; readonly examples: ProveFile['examples'] },
  tell: (operation: string) => void,
): Promise<ContractProof> {
  const documented = documentedAnswers(target.manifest, target.served)
  const rows: ContractRow[] = []
  const findings: Finding[] = []
  for (const entry of target.entries) {
    const answers = documented.get(entry.name)
    if (!answers) continue
    tell(entry.name)
    const seen = new Set<number>()
    let requests = 0
    const heard = (exchange: Exchange): void => {
      requests += 1
      seen.add(exchange.status)
      const wrong = mistakeOf(exchange, answers, target)
      if (wrong !== undefined) findings.push(finding(exchange, wrong))
    }
    await provoke(entry, target, heard, { media: answers.media, example: examples[entry.name] })
    if (entry.upload) await sendInParts(target, entry, heard)
    const smallest = await tryInputs(entry, target, { seed, answers, sent: () => void requests++ })
    if (smallest) findings.push(finding(smallest.exchange, smallest.wrong))
    rows.push({
      operation: entry.name,
      requests,
      produced: answers.statuses.filter((status) => seen.has(status)),
      left: answers.statuses.filter((status) => !seen.has(status) && canBe(status, entry)),
    })
  }
  return { rows, findings }
}

function mistakeOf(
  { draft: { headers: asked }, status, headers, text }: Exchange,
  answers: Documented,
  { served }: Target,
): string | undefined {
  // Whoever prefers no body gets none, with the same status (RFC 7240 §4.2).
  if (asked.prefer !== undefined && status < 300 && text === '') return undefined
  // Which status and which form its refusals have, an app with its own form of them decides.
  if (served.backend.options.problem !== undefined && status >= 400 && status < 500) return undefined
  return answers.mistake({ status, headers, text })
}

interface Trying {
  readonly seed: number
  readonly answers: Documented
  sent(): void
}

/** Statuses of a server that is too slow, too busy or broken, which a request cannot ask for. */
const beyond: ReadonlySet<number> = new Set([408, 429, 500, 503, 504])
/** What a handler may refuse with, and need not. */
const handled: ReadonlySet<number> = new Set([403, 404, 409, 422])

const canBe = (status: number, { operation }: Entry): boolean =>
  !beyond.has(status) && !(operation.kind === 'invoke' && handled.has(status))

/** Undefined: no input was found that is answered otherwise than documented. */
async function tryInputs(entry: Entry, target: Target, { seed, answers, sent }: Trying) {
  const fc = await import('fast-check')
  const { world } = target
  let last: { readonly exchange: Exchange; readonly wrong: string } | undefined
  const property = fc.asyncProperty(
    anyInput(fc, entry, world),
    fc.constantFrom(...world.people.filter(({ privileged }) => !privileged)),
    // Mostly files that are taken; now and then others.
    fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(99) }),
    async (filled, as, odd) => {
      const drafted = draft(entry, world, { fill: (slot) => filled[placeOf(slot)] ?? 'skip' })
      if (!drafted) return true
      const hostile = odd === undefined ? [] : hostileFiles(entry, drafted)
      const files = hostile[(odd ?? 0) % Math.max(1, hostile.length)]
      const request = files ? { ...drafted, files } : drafted
      sent()
      const exchange = await target.send(request, as ?? nobody)
      const wrong = mistakeOf(exchange, answers, target)
      if (wrong !== undefined) last = { exchange, wrong }
      return wrong === undefined
    },
  )
  const { failed } = await fc.check(property, { seed, numRuns: runs })
  return failed ? last : undefined
}

const finding = (exchange: Exchange, wrong: string): Finding => ({
  rule: 'Answers differ from the contract',
  operation: exchange.draft.entry.name,
  says: `${exchange.status} to ${exchange.draft.method} ${exchange.draft.entry.http.path}: ${wrong}`,
  hint: 'Compare with GET /openapi.json: state the output of a handler, or let it answer as it says.',
  reproduce: asCurl(exchange),
  evidence: shortened(`${exchange.status} ${exchange.text}`),
})
