import type { Json } from '../expr/value.ts'
import type { CompiledOperation } from '../manifest/manifest.ts'

const every = (): boolean => true
const names = (at: number): boolean => at > 0
const name = (at: number): boolean => at === 1
/** Functions some of whose literal arguments choose the form of the SQL, not a value in it. */
const formed: ReadonlyMap<unknown, (at: number) => boolean> = new Map([
  ['startOf', every],
  ['part', every],
  ['round', every],
  ['textAt', names],
  ['numberAt', names],
  ['flagAt', names],
  ['documentAt', names],
  ['put', name],
  ['omit', name],
])

/** The place in a call's input where lifted values stand. No declared input can have this name. */
export const liftedAt = '$'

/**
 * An operation that a handler builds holds its values as literals. They become inputs, so that every value is a
 * parameter and calls that differ in values alone share one statement.
 */
export function liftLiterals(operation: CompiledOperation): {
  readonly operation: CompiledOperation
  readonly values: Readonly<Record<string, Json>>
} {
  const values: Record<string, Json> = {}
  let next = 0
  const lift = (value: unknown, keep: boolean, form?: (at: number) => boolean): unknown => {
    if (Array.isArray(value)) return value.map((item, at) => lift(item, form?.(at) ?? false))
    if (typeof value !== 'object' || value === null) return value
    if (isLiteral(value) && !keep && value.value !== null && typeof value.value !== 'boolean') {
      const name = String(next++)
      values[name] = value.value
      return { kind: 'input', path: [liftedAt, name], type: value.type }
    }
    if (isLiteral(value)) return value
    const formOf = 'fn' in value ? formed.get(value.fn) : undefined
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, lift(member, false, formOf)]))
  }
  const { write, answers } = operation
  const lifted = lift({ ...(write ? { write } : {}), ...(answers ? { answers } : {}) }, false) as Pick<
    CompiledOperation,
    'write' | 'answers'
  >
  return { operation: { ...operation, ...lifted }, values }
}

const isLiteral = (
  value: object,
): value is { readonly kind: 'literal'; readonly value: Json; readonly type: unknown } =>
  'kind' in value && value.kind === 'literal' && 'value' in value && 'type' in value
