import { failureOf } from '../../declare/failed.ts'
import { IdentityDeclaration } from '../../declare/identity.ts'
import type { CompiledOperation, NestedWrite, Operation, Write } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'
import type { Collected } from './collect.ts'

/** By the declaration of an action: a handler that runs it, and a route that calls it, is asked as its callers are. */
const guarded = new WeakMap<object, number>()

export const stepUpOf = (declaration: object): { readonly stepUp?: number } => {
  const stepUp = guarded.get(declaration)
  return stepUp === undefined ? {} : { stepUp }
}

/** Reads which actions ask again who somebody is. Comes before they are linked. */
export function rememberGuarded({ all }: Collected): void {
  const { within = 0, operations = [] } = declared(all)?.stepUp ?? {}
  for (const { name, declaration } of all) {
    if (operations.includes(name)) guarded.set(declaration, within)
    else guarded.delete(declaration)
  }
}

const declared = (all: Collected['all']) =>
  all
    .map(({ declaration }) => declaration)
    .filter((one) => one instanceof IdentityDeclaration)
    .find((one) => failureOf(one) === undefined)?.secondFactor

/**
 * The same operations, of which those that are named ask again who somebody is, wherever they are called from. What an
 * exposure opens is meant by what it does to rows: `invoice.delete` is `invoice.deleteMany` as well, and invoices that
 * are deleted below another row.
 */
export function withStepUp(
  operations: Readonly<Record<string, Operation>>,
  { all }: Collected,
  mistakes: Mistakes,
): Readonly<Record<string, Operation>> {
  const { within = 0, operations: named = [] } = declared(all)?.stepUp ?? {}
  if (named.length === 0) return operations
  const place = all.find(({ declaration }) => declaration instanceof IdentityDeclaration)?.name ?? 'identity'
  const meant = new Set<string>()
  for (const name of named) {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined
    if (!operation) {
      mistakes.unknown(`${place}.stepUp`, 'unknown-operation', 'operation', name, Object.keys(operations))
    } else if (isOpened(name, operation)) for (const does of changesOf(operation.write)) meant.add(does)
  }
  const asks = (name: string, operation: Operation): boolean =>
    named.includes(name) || (isOpened(name, operation) && changesOf(operation.write).some((does) => meant.has(does)))
  return mapped(operations, (operation, name) => ({
    ...operation,
    ...(asks(name, operation) && { stepUp: within }),
    ...(operation.kind !== 'invoke' &&
      operation.nested && { nested: mapped(operation.nested, (nested) => nestedStepUp(nested, meant, within)) }),
  }))
}

/** What is written below a row asks when it is written: the row itself may be written without. */
function nestedStepUp(nested: NestedWrite, meant: ReadonlySet<string>, within: number): NestedWrite {
  const below = (one: NestedWrite) => nestedStepUp(one, meant, within)
  const asking = (operation: CompiledOperation | undefined) =>
    operation && changesOf(operation.write).some((does) => meant.has(does))
      ? { ...operation, stepUp: within }
      : operation
  const [create, update, remove] = [asking(nested.create), asking(nested.update), asking(nested.delete)]
  return {
    ...(create && { create }),
    ...(update && { update }),
    ...(remove && { delete: remove }),
    ...(nested.created && { created: mapped(nested.created, below) }),
    ...(nested.changed && { changed: mapped(nested.changed, below) }),
  }
}

const mapped = <T>(all: Readonly<Record<string, T>>, change: (one: T, name: string) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one, name)]))

/** An operation that an exposure opens is named for its model: `invoice.delete`. */
const isOpened = (name: string, operation: Operation): operation is CompiledOperation =>
  operation.kind === 'write' && operation.write !== undefined && name.startsWith(`${operation.write.model}.`)

const changesOf = (write: Write | undefined): readonly string[] => {
  if (!write) return []
  const updates = write.kind === 'create' && write.exists?.then === 'update'
  return [`${write.kind} ${write.model}`, ...(updates ? [`update ${write.model}`] : [])]
}
