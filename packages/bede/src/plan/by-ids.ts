import type { Expr, Source } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import { has } from '../expr/walk.ts'
import type { CompiledOperation, Manifest, Shape, Write } from '../manifest/manifest.ts'
import { all, always, conjuncts, field } from './condition.ts'

/** The input that names the rows. */
export const idsInput = 'ids'

/**
 * An operation on one row as the question which of several rows it may be called for: it finds them by their ids, and
 * leaves as they are the fields whose values the caller would send. Its rules stay what they are, so the plan that is
 * made of it decides as the operation's own. Undefined: the operation is not about a row that can be named so.
 */
export function byIds(operation: CompiledOperation, manifest: Manifest): CompiledOperation | undefined {
  const base = { auth: operation.auth, input: {} } as const
  if (!operation.write) {
    const answers = operation.answers && requiredRow(operation.answers)
    const where = answers?.from.model && idCondition(answers.from.where, answers.from.as, answers.from.model, manifest)
    return answers && where
      ? { ...base, kind: 'read', answers: { ...answers, from: { ...answers.from, where } } }
      : undefined
  }
  const write = writeByIds(operation.write, manifest)
  return write && { ...base, kind: 'write', write }
}

/** The model whose rows an operation on one row is about. */
export const modelOfRow = ({ write, answers }: CompiledOperation): string | undefined =>
  write ? write.model : answers && requiredRow(answers)?.from.model

/** The one row that the answer must have. */
function requiredRow(answers: Shape): (Shape & { readonly kind: 'one' }) | undefined {
  const members = answers.kind === 'object' ? Object.values(answers.members) : [answers]
  const [only, ...more] = members.filter((member) => member.kind === 'one' && !member.nullable)
  return only?.kind === 'one' && more.length === 0 && isPlain(only.from) ? only : undefined
}

const isPlain = ({ relation, asOf, limit, offset }: Source): boolean => !relation && !asOf && !limit && !offset

function writeByIds(write: Write, manifest: Manifest): Write | undefined {
  const { kind, model } = write
  if (kind === 'create' || write.each) return undefined
  const target = idCondition(write.target, 'row', model, manifest)
  if (!target) return undefined
  return kind === 'update' ? { kind, model, target, set: unsent(write.set) } : { kind, model, target }
}

/** What hangs on the input is left as it is; what the operation itself sets is set. */
const unsent = (set: Readonly<Record<string, Expr>>): Readonly<Record<string, Expr>> =>
  Object.fromEntries(
    Object.entries(set).flatMap(([name, value]) => {
      if (!isFromCaller(value)) return [[name, value]]
      return value.kind === 'given' ? [] : [[name, field('row', name)]]
    }),
  )

/**
 * The condition by which an operation finds its row, with the id in place of what the caller says: that the row's slug is
 * the one that was sent is so for whoever sends this row's. Undefined where the caller says more than that.
 */
function idCondition(where: Expr | undefined, row: string, model: string, manifest: Manifest): Expr | undefined {
  const definition = manifest.models[model]
  const type = definition?.fields[definition.id]?.type
  if (!definition || !type || type.parts?.length === 0) return undefined
  const kept = (where ? conjuncts(where) : []).filter((part) => !isAddress(part))
  if (kept.some(isFromCaller)) return undefined
  const ids: ValueType = { kind: 'array', of: type }
  const named: Expr = {
    kind: 'call',
    fn: 'in',
    args: [field(row, definition.id), { kind: 'input', path: [idsInput], type: ids }],
  }
  return all([named, ...kept]) ?? always
}

/** `row.slug = input.slug`, or a condition that is asked only of who sends it. */
function isAddress(part: Expr): boolean {
  if (part.kind === 'given') return part.as === undefined && part.otherwise === undefined
  if (part.kind !== 'call' || part.fn !== 'eq') return false
  const [left, right] = part.args
  const sent = (expr: Expr | undefined) => expr?.kind === 'input'
  const stored = (expr: Expr | undefined) => expr !== undefined && !isFromCaller(expr)
  return (sent(left) && stored(right)) || (sent(right) && stored(left))
}

const isFromCaller = (expr: Expr): boolean =>
  has<Source>(expr, ({ kind }) => kind === 'input' || kind === 'item' || kind === 'given')
