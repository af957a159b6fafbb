import { hash } from 'node:crypto'
import type { CompiledOperation } from '../../manifest/manifest.ts'
import type { CallValues, Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import type { StopSignal } from '../../store/stop.ts'
import { shape } from '../answer.ts'
import { refusalOf } from '../compiled.ts'
import { plannedByName } from '../planned.ts'
import { retried } from '../retry.ts'
import type { Shaped, Work } from '../work.ts'
import type { KeptResults } from './kept-results.ts'

/** The entity tag is kept with the answer: whoever asks whether it has changed costs nothing. */
const tagged = (shaped: Shaped): Shaped => {
  const { answer } = shaped
  if (answer.kind !== 'json') return shaped
  return { ...shaped, answer: { ...answer, headers: { ...answer.headers, ETag: `"${hash('md5', answer.text)}"` } } }
}

/**
 * A read whose answer is kept. Two calls are the same question when they bind the same values to the same statement:
 * what a policy or a view asks of the actor is among those values, so nobody is given what another was shown. A call
 * that gets no row is refused for itself, and nothing of that is kept.
 */
export async function runKept(
  work: Work<CompiledOperation>,
  values: CallValues,
  { kept, connection, planner, lasts }: { kept: KeptResults; connection: Connection; planner: Planner; lasts: number },
): Promise<Shaped> {
  const { name, operation, input, limit, runtime } = work
  kept.begin()
  const { statement, key, scans } = planner.question(name, values)
  // A page's cursor is bound to the whole input; its statement may not be.
  const asked = operation.answers?.kind === 'page' ? JSON.stringify(input) : ''
  const question = { key: `${name} ${key} ${asked}`, models: scans, lasts }
  const compute = async (signal: StopSignal) => {
    const [row] = await retried(() => connection.query(statement, { signal }), signal)
    if (!row) return undefined
    const ran = { body: row[0] ?? null, cursor: row[1] ?? null, total: row[2] ?? null }
    const value = tagged(shape(work, { kind: 'ran', ran }))
    return { value, bytes: value.answer.kind === 'json' ? value.answer.text.length * 2 : 0 }
  }
  const answer = await limit.race(kept.results.answer(question, compute, limit))
  if (answer) return answer
  const room = { connection, signal: limit, development: runtime.development }
  throw await refusalOf(plannedByName(planner, name), values, room)
}
