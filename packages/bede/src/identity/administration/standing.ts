import type { Actor } from '../../engine/call.ts'
import { holds } from '../../expr/evaluate.ts'
import type { AdministrationDefinition } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'

/** Whether an actor looks after the accounts of others, as the app says it; not true is no (law 6). */
export const administers = ({ allow }: AdministrationDefinition, actor: Actor): boolean =>
  holds(allow, { input: {}, actor, now: new Date().toISOString(), rows: {}, fieldType: noRows, rowsOf: noRows })

/** The manifest is verified: such a rule names no row. */
const noRows = (): never => {
  throw new Problem('internal', { message: 'Who administers is asked of rows' })
}
