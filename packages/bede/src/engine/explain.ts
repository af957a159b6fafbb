import type { CompiledOperation } from '../manifest/manifest.ts'
import { requiredOf } from '../plan/asked.ts'
import { placedScans } from '../plan/scans.ts'
import type { CallValues, Explained } from '../sql/planner.ts'
import { type Reason, reasonsOf, type Speaking, seesRow, sentencesOf } from '../sql/reasons.ts'
import { refusalOf, speaksAgainst } from '../sql/refusal.ts'
import { inputAt } from '../sql/slots.ts'
import { isProblem, Problem } from '../telemetry/problem.ts'
import { allowReasons } from './allowed.ts'
import { admit } from './authorize.ts'
import { isSystem, type OperationCall } from './call.ts'
import { type Explanation, explainedRule, explainedScan } from './explanation.ts'
import { replaceSecrets } from './input/secrets.ts'
import type { Input } from './input/validate.ts'
import { find, type Known, knownOperations } from './known.ts'
import type { Runtime } from './runtime.ts'
import { problemOf } from './store-problem.ts'

/** Explains a call without performing it. Throws a Problem `not-found` where there is no such operation. */
export type Explain = (operation: string, input?: unknown, actor?: OperationCall['actor']) => Promise<Explanation>

/**
 * Asks of a call what the engine asks, in its order: is it admitted, is its input valid, what do its rules say. The rules
 * are those of the call's own plan, asked by one statement that changes nothing. It sees rows that the actor does not,
 * so it is for whoever runs the backend: no surface reaches it, and its use is logged.
 */
export function createExplain(runtime: Runtime): Explain {
  const operations = knownOperations(runtime)
  return async (name, input = {}, actor = null) => {
    const known = find(operations, name, true)
    const speaking: Speaking = { manifest: runtime.manifest, signedIn: actor !== null }
    runtime.log.info('explained a call', { operation: name })
    let valid: Input
    try {
      admit(known.operation, actor)
      valid = known.validate(input)
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown
      return refused(known, thrown)
    }
    const { operation } = known
    const now = runtime.clock().toISOString()
    if (operation.kind === 'invoke') return explainHandler(known, actor, valid, now, speaking)
    return explainCompiled({ ...known, operation }, actor, valid, now, { runtime, speaking })
  }
}

/** A call that is refused before any rule is asked. */
const refused = ({ name }: Known, problem: Problem): Explanation => ({
  operation: name,
  admitted: false,
  refusal: told(problem),
  because:
    problem.details.length === 0
      ? [problem.message]
      : problem.details.map(({ place, message }) => `input ${place || 'as a whole'}: ${message}`),
  rules: [],
  scans: [],
})

const told = ({ code, status, message }: Problem) => ({ code, status, message })

function explainHandler(
  known: Known,
  actor: OperationCall['actor'],
  input: Input,
  now: string,
  speaking: Speaking,
): Explanation {
  const reasons = isSystem(actor) ? [] : allowReasons(known, actor, input, now, speaking.manifest)
  const admitted = reasons.every(({ judged }) => judged.holds === true)
  const code = actor === null ? 'unauthenticated' : 'forbidden'
  return {
    operation: known.name,
    admitted,
    ...(!admitted && { refusal: told(new Problem(code)) }),
    because: reasons.flatMap((reason) => sentencesOf(reason, speaking)),
    rules: reasons.map((reason) => explainedRule(reason, speaking)),
    scans: [],
  }
}

async function explainCompiled(
  { name, operation }: Known & { readonly operation: CompiledOperation },
  actor: OperationCall['actor'],
  input: Input,
  now: string,
  { runtime: { planner, connection }, speaking }: { readonly runtime: Runtime; readonly speaking: Speaking },
): Promise<Explanation> {
  const system = isSystem(actor)
  const values: CallValues = {
    // No rule reads a secret, and it goes nowhere: whether it was sent is all that counts.
    input: await replaceSecrets(operation.input, input, async () => ''),
    actor: system ? null : actor,
    system,
    now,
  }
  const rows = await connection.query(planner.explanation(name, values, true)).catch((error: unknown) => {
    throw problemOf(error, speaking.manifest, operation.write)
  })
  const explained = planner.explained(name, values, rows)
  const reasons = reasonsOf(explained.asked?.rules ?? [], rows[0]?.[2])
  const admitted = !speaksAgainst(explained)
  const bulk = operation.write?.each !== undefined
  return {
    operation: name,
    admitted,
    ...(!admitted && !bulk && { refusal: told(refusalOf(explained)) }),
    because: admitted ? [] : against(reasons, explained, speaking),
    rules: reasons.map((reason) => explainedRule(reason, speaking)),
    scans: placedScans(explained.plan).map((scan) => explainedScan(scan, speaking)),
  }
}

/** Each clause that says no, in a sentence; of what is not there for anybody, that it is not. */
function against(reasons: readonly Reason[], { plan, call }: Explained, speaking: Speaking): readonly string[] {
  const { write } = plan
  const items = write?.each && inputAt(call.input, write.each.path)
  const asked: readonly (number | undefined)[] = Array.isArray(items) ? items.map((_, item) => item) : [undefined]
  return asked.flatMap((item) => {
    const own = reasons.filter((reason) => reason.item === item)
    const said = own.filter((reason) => refuses(reason, own)).flatMap((reason) => sentencesOf(reason, speaking))
    const absent = said.length === 0 && write?.kind !== 'create' && !seesRow(own)
    const sentences = absent ? [missing(plan, speaking)] : said
    return sentences.map((sentence) => (item === undefined ? sentence : `item ${item}: ${sentence}`))
  })
}

/** A rule of a field that is read hides the field alone; a row that is hidden is no matter where another is seen. */
function refuses({ asked, judged }: Reason, all: readonly Reason[]): boolean {
  if (judged.holds === true) return false
  return asked.of !== 'found' || (asked.kind === 'policy' && !seesRow(all, asked.at))
}

/** What is another tenant's is not there, in an explanation either. */
function missing({ write, answer }: Explained['plan'], { manifest }: Speaking): string {
  const scans = write ? (write.kind === 'create' ? [] : [write.target]) : requiredOf(answer).map(({ from }) => from)
  const shared = scans.some(({ model }) => manifest.models[model]?.tenant)
  return shared ? 'There is no such row in this tenant, for anybody' : 'There is no such row, for anybody'
}
