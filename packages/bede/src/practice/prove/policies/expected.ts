import type { Actor } from '../../../engine/call.ts'
import { validatorOf } from '../../../engine/input/validate.ts'
import { type Environment, evaluate, holds, type MemoryRow } from '../../../expr/evaluate.ts'
import type { Expr } from '../../../expr/expr.ts'
import type { Json, ValueType } from '../../../expr/value.ts'
import { asRuled, isRowFile, type RowFile } from '../../../manifest/files.ts'
import type { CompiledOperation, Manifest, Operation } from '../../../manifest/manifest.ts'
import { boundRule } from '../../../plan/allow.ts'
import { requiredOf } from '../../../plan/asked.ts'
import { planOperation } from '../../../plan/passes.ts'
import type { BoundScan, Check, OperationPlan, PlanShape, WritePlan } from '../../../plan/plan.ts'
import { requiredRows } from '../../../plan/required.ts'
import { inMemory } from '../world/in-memory.ts'
import type { Rows } from '../world/row-reader.ts'

/** What the rules say comes of a call. `undecided`: something else than a rule decides it. */
export type Expected = 'done' | 'signed out' | 'forbidden' | 'missing' | 'undecided'

export interface Call {
  readonly operation: Operation
  readonly input: Readonly<Record<string, Json>>
  readonly actor: MemoryRow | null
}

/** Reads the rules of calls in memory, over the rows of a world: no database is asked. */
export interface Oracle {
  expected(call: Call): Expected
  /** Of an operation that lists: the rows, by their model, that it lists. Undefined: it lists none. */
  listed(call: Call): { readonly model: string; readonly ids: readonly string[] } | undefined
}

type Rule = Expr<BoundScan>
type Surroundings = Environment<BoundScan>

export function createOracle(manifest: Manifest, rows: Rows): Oracle {
  const plans = new Map<CompiledOperation, OperationPlan<BoundScan>>()
  const planOf = (operation: CompiledOperation): OperationPlan<BoundScan> => {
    const plan = plans.get(operation) ?? planOperation(operation, { manifest, system: false })
    plans.set(operation, plan)
    return plan
  }
  const surroundings = ({ input, actor }: Call): Surroundings => surroundingsOf(manifest, rows, input, actor)
  return {
    expected: (call) => inMemory(() => expected(call)) ?? 'undecided',
    listed: (call) => inMemory(() => listed(call)),
  }

  function expected(call: Call): Expected {
    const { operation, actor } = call
    if (operation.auth === 'required' && actor === null) return 'signed out'
    const { file } = operation.kind === 'invoke' ? operation : {}
    if (isRowFile(file)) return ofFile(call, file)
    if (file?.does === 'begin') return ofFile(call, { ...file, does: 'put' })
    const input = completed(operation, call.input, manifest)
    if (!input) return 'undecided'
    const around = surroundings({ ...call, input })
    if (operation.kind === 'invoke') {
      const allowed = operation.allow === undefined || holds(boundRule(operation.allow, manifest), around)
      return allowed ? 'undecided' : refused(actor)
    }
    const { write, answer } = planOf(operation)
    const answered = (): Expected =>
      requiredOf(answer).every(({ from, item }) => matching(from, item, around, rows).length > 0) ? 'done' : 'missing'
    const said = write ? ofWrite(write, around, rows, actor) : answered()
    // That there was nothing to delete is fine; what is answered then has to be there.
    return said === 'nothing' ? answered() : said
  }

  /** What is done with a row's file is the read or the update that it is. */
  function ofFile({ operation, input, actor }: Call, { does, model, field }: RowFile): Expected {
    const id = input.id ?? null
    const given: Call['input'] = does === 'get' ? { id } : { id, file: does === 'put' ? someFile : null }
    const call = { operation: asRuled(operation, manifest), input: given, actor }
    const said = expected(call)
    if (does !== 'get' || said !== 'done') return said
    const key = manifest.models[model]?.id ?? ''
    const row = (rows.get(model) ?? []).find((one) => one[key] === id)
    const rule = manifest.policies[model]?.fields?.[field]?.read
    const shown =
      !rule || (row && holds(boundRule(rule, manifest, model), withRow(surroundings(call), { as: 'row', model }, row)))
    return shown && row?.[field] != null ? 'done' : 'missing'
  }

  function listed(call: Call): ReturnType<Oracle['listed']> {
    const { operation } = call
    const input = completed(operation, call.input, manifest)
    if (operation.kind !== 'read' || !input) return undefined
    const { answer } = planOf(operation)
    const list = answer && firstList(answer)
    const definition = list && manifest.models[list.from.model]
    if (!list || !definition) return undefined
    const around = surroundings({ ...call, input })
    const ids = matching(list.from, list.item, around, rows).map((row) => String(row[definition.id]))
    return { model: list.from.model, ids }
  }
}

/** As good as any: rules do not ask what a file is. */
const someFile: Json = {
  id: '00000000-0000-0000-0000-000000000000',
  name: null,
  type: 'application/octet-stream',
  size: 1,
  sha256: '',
  width: null,
  height: null,
}

const refused = (actor: MemoryRow | null): Expected => (actor === null ? 'signed out' : 'forbidden')

/** With its defaults; undefined: it is not what the operation takes. */
const completed = (operation: Operation, input: Call['input'], { models }: Manifest) =>
  inMemory(() => validatorOf(operation, models)(input))

function surroundingsOf(
  { models }: Manifest,
  rows: Rows,
  input: Call['input'],
  actor: MemoryRow | Actor | null,
): Surroundings {
  const typeIn = (model: string, field: string): ValueType => models[model]?.fields[field]?.type ?? { kind: 'text' }
  return {
    input,
    actor: actor as MemoryRow | null,
    now: new Date().toISOString(),
    rows: {},
    fieldType: () => ({ kind: 'text' }),
    rowsOf: (from) => ({ rows: rows.get(from.model) ?? [], fieldType: (field) => typeIn(from.model, field) }),
  }
}

/** With a row under a variable. */
const withRow = (around: Surroundings, from: Pick<BoundScan, 'as' | 'model'>, row: MemoryRow): Surroundings => {
  const { fieldType } = around.rowsOf({ ...from, policy: always, reads: 'stored' }, around)
  return {
    ...around,
    rows: { ...around.rows, [from.as]: row },
    fieldType: (name, field) => (name === from.as ? fieldType(field) : around.fieldType(name, field)),
  }
}

const always: Rule = { kind: 'literal', value: true, type: { kind: 'boolean' } }

/** The rows that a scan sees, and that the rows that have to be shown with them let it see. */
function matching(from: BoundScan, item: PlanShape<BoundScan>, around: Surroundings, rows: Rows): readonly MemoryRow[] {
  const along = requiredRows(item).map(({ rule }) => rule)
  const rules = [from.policy, ...(from.where ? [from.where] : []), ...along]
  return (rows.get(from.model) ?? []).filter((row) => {
    const inner = withRow(around, from, row)
    return rules.every((rule) => holds(rule, inner))
  })
}

type Listing = PlanShape<BoundScan> & { readonly kind: 'list' | 'page' }

/** The list that an answer is, or has as a member of its top. */
function firstList(answer: PlanShape<BoundScan>): Listing | undefined {
  if (answer.kind === 'object')
    return Object.values(answer.members)
      .map((member) => (member.kind === 'object' ? undefined : firstList(member)))
      .find((found) => found !== undefined)
  return answer.kind === 'page' || (answer.kind === 'list' && !answer.distinct) ? answer : undefined
}

function ofWrite(
  write: WritePlan<BoundScan>,
  around: Surroundings,
  rows: Rows,
  actor: MemoryRow | null,
): Expected | 'nothing' {
  if (write.each || write.verb) return 'undecided'
  if (write.kind === 'create') {
    const row = Object.fromEntries(
      Object.entries(write.values).map(([field, value]) => [field, evaluate(value, around)]),
    )
    const created = { as: write.row, model: write.model }
    if (write.checks.some((check) => !rules.has(check.failure.kind) && !passes(check, withRow(around, created, row))))
      return 'undecided'
    return judged(write.checks, withRow(around, created, row), actor)
  }
  const targets = matching(write.target, { kind: 'object', members: {} }, around, rows)
  if (targets.length === 0) return write.kind === 'delete' && write.absent === 'ok' ? 'nothing' : 'missing'
  for (const row of targets) {
    const old = withRow(around, write.target, row)
    const said = judged(write.checks, old, actor)
    if (said !== 'done') return said
    if (write.kind !== 'update') continue
    const changed = Object.fromEntries(
      Object.entries(write.set).flatMap(([field, value]) => {
        const sent = value.kind !== 'given' || value.otherwise || isSent(value.path, around)
        return sent ? [[field, evaluate(value, old)]] : []
      }),
    )
    const fresh = withRow(old, { as: write.row, model: write.model }, { ...row, ...changed })
    const after = judged(write.newChecks, fresh, actor)
    if (after !== 'done') return after
  }
  return 'done'
}

/** Checks that rules state, and no state of the rows. */
const rules: ReadonlySet<Check<BoundScan>['failure']['kind']> = new Set(['policy', 'field'])

const passes = ({ rule }: Check<BoundScan>, around: Surroundings): boolean => holds(rule, around)

function judged(checks: readonly Check<BoundScan>[], around: Surroundings, actor: MemoryRow | null): Expected {
  for (const check of checks) {
    if (passes(check, around)) continue
    return rules.has(check.failure.kind) ? refused(actor) : 'undecided'
  }
  return 'done'
}

function isSent(path: readonly string[], { input }: Surroundings): boolean {
  let value: unknown = input
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false
    value = Object.entries(value).find(([name]) => name === step)?.[1]
  }
  return value !== undefined
}
