import type { CompiledOperation, Manifest } from '../manifest/manifest.ts'
import { Problem } from '../telemetry/problem.ts'
import { BoundedMap } from './bounded.ts'
import type { Template } from './compile.ts'
import type { Dialect } from './dialect.ts'
import { liftedAt, liftLiterals } from './lift.ts'
import type { CallValues, Planner } from './planner.ts'
import { type Prepared, prepare } from './prepare.ts'
import { refusalOf } from './refusal.ts'
import type { Sealer } from './sealer.ts'

/** Statements kept over all operations: about 4 KB each, so at most some 10 MB. */
const keptTemplates = 2_500
/** Forms of handlers' own queries that are kept planned. */
const keptForms = 500

/**
 * The planner of one manifest. Operations are planned on first use, statements per shape of request (law 5). `telling`:
 * the statement of a write itself says which models it changed, to whoever keeps answers made of them (see changed.ts).
 * `sealer`: closes what is written to encrypted fields.
 */
export function createPlanner(
  manifest: Manifest,
  dialect: Dialect,
  { telling = true, sealer }: { readonly telling?: boolean; readonly sealer?: Sealer | undefined } = {},
): Planner {
  const templates = new BoundedMap<Template>(keptTemplates)
  const forms = new BoundedMap<Prepared>(keptForms)
  const operations = new Map<string, Prepared>()

  const prepared = (name: string): Prepared => {
    const known = operations.get(name)
    if (known) return known
    const operation = Object.hasOwn(manifest.operations, name) ? manifest.operations[name] : undefined
    if (!operation || operation.kind === 'invoke')
      throw new Problem('not-found', { message: `There is no compiled operation '${name}'` })
    const made = prepare(operation, { manifest, dialect, templates, key: name, telling, sealer })
    operations.set(name, made)
    return made
  }

  const formOf = (operation: CompiledOperation): Prepared => {
    const key = JSON.stringify(operation)
    return forms.get(key) ?? forms.set(key, prepare(operation, { manifest, dialect, templates, key, telling, sealer }))
  }

  return {
    statement: (name, call) => prepared(name).statement(call),
    targets: (name, call) => prepared(name).targets(call),
    taken: (name, call) => prepared(name).taken(call),
    question: (name, call) => prepared(name).question(call),
    explanation: (name, call, detailed) => prepared(name).explanation(call, detailed),
    refusal: (name, call, rows, detailed) => refusalOf(prepared(name).explained(call, rows, detailed)),
    explained: (name, call, rows) => prepared(name).explained(call, rows, true),
    rights: (name, call) => prepared(name).rights(call),
    adhoc(operation) {
      const lifted = liftLiterals(operation)
      const form = formOf(lifted.operation)
      const whole = (call: CallValues): CallValues => ({ ...call, input: { ...call.input, [liftedAt]: lifted.values } })
      return {
        statement: (call) => form.statement(whole(call)),
        targets: (call) => form.targets(whole(call)),
        taken: (call) => form.taken(whole(call)),
        explanation: (call, detailed) => form.explanation(whole(call), detailed),
        refusal: (call, rows, detailed) => refusalOf(form.explained(whole(call), rows, detailed)),
      }
    },
  }
}
