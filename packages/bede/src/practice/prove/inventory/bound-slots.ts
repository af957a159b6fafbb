import type { Manifest, Operation } from '../../../manifest/manifest.ts'

/** A field that a value of the input is compared with. */
export interface Column {
  readonly model: string
  readonly field: string
}

type Scope = ReadonlyMap<string, string>
type Node = { readonly [member: string]: unknown }

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * By which field each value of a compiled operation's input finds rows, by the value's path: of `row.slug = input.slug`
 * the slug is one of that model's. Read off the manifest.
 */
export function boundSlots(operation: Operation, { models }: Manifest): ReadonlyMap<string, Column> {
  const found = new Map<string, Column>()
  if (operation.kind === 'invoke') return found

  const modelOf = (source: Node, scope: Scope): string | undefined => {
    if (typeof source.model === 'string') return source.model
    const { relation } = source
    if (!isNode(relation)) return undefined
    const above = scope.get(String(relation.row))
    return above === undefined ? undefined : models[above]?.relations[String(relation.name)]?.model
  }
  const within = (source: Node, scope: Scope): Scope => {
    const model = modelOf(source, scope)
    return model === undefined ? scope : new Map([...scope, [String(source.as), model]])
  }
  const columnOf = (expr: unknown, scope: Scope): Column | undefined => {
    if (!isNode(expr)) return undefined
    if (expr.kind === 'field') {
      const model = scope.get(String(expr.row))
      return model === undefined ? undefined : { model, field: String(expr.field) }
    }
    return expr.kind === 'via' && isNode(expr.from) ? columnOf(expr.value, within(expr.from, scope)) : undefined
  }
  const note = (one: unknown, other: unknown, scope: Scope): void => {
    const column = columnOf(one, scope)
    if (column && isNode(other) && other.kind === 'input' && Array.isArray(other.path))
      found.set(JSON.stringify(other.path), found.get(JSON.stringify(other.path)) ?? column)
  }
  const visit = (part: unknown, scope: Scope): void => {
    if (Array.isArray(part)) for (const one of part) visit(one, scope)
    if (!isNode(part)) return
    const inner = isNode(part.from) ? within(part.from, scope) : scope
    if (part.kind === 'call' && part.fn === 'eq' && Array.isArray(part.args)) {
      note(part.args[0], part.args[1], inner)
      note(part.args[1], part.args[0], inner)
    }
    // A source's own conditions are about its own rows.
    const own = typeof part.as === 'string' && ('model' in part || 'relation' in part) ? within(part, inner) : inner
    for (const member of Object.values(part)) visit(member, own)
  }
  const { write, answers } = operation
  visit(write, new Map(write ? [['row', write.model]] : []))
  visit(answers, new Map(write ? [['row', write.model]] : []))
  return found
}
