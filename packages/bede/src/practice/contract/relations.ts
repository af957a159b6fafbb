import { snake } from '../../manifest/snake.ts'
import { columnMistake, nameMistake } from '../../manifest/verify/name.ts'
import type { Left } from './left.ts'
import { hasId, isCounted, type ModelRead, type NamedAt, schemaIn } from './model.ts'
import type { Shape, ShapeMember } from './shape.ts'

/** The row of another model that one column names. */
export interface RefRead {
  /** The field with its id: a member of the schema that has it already, or a new one. */
  readonly field: string
  readonly target: ModelRead
  readonly optional: boolean
  /** The member that holds the row itself; absent: the schema has its id alone. */
  readonly one?: string
}

/** Rows of another model that name this one. */
export interface ManyRead {
  readonly member: string
  readonly target: ModelRead
  readonly by: string
}

export interface RelationsRead {
  readonly refs: readonly RefRead[]
  readonly many: readonly ManyRead[]
}

interface Link {
  readonly from: ModelRead
  readonly member: ShapeMember
  readonly to: ModelRead
}

interface Ref extends RefRead {
  readonly from: ModelRead
}

/**
 * How the models belong together, where the schemas say it beyond doubt: one that holds another has a column with its id,
 * and a list has rows that name its owner in one way. All else is left to whoever keeps the rows, and told.
 */
export function relationsOf(
  models: readonly ModelRead[],
  namedAt: NamedAt,
): { readonly of: ReadonlyMap<ModelRead, RelationsRead>; readonly open: readonly Left[] } {
  const byShape = new Map(models.map((model) => [model.shape, model]))
  const modelOf = (shape: Shape): ModelRead | undefined => {
    const schema = schemaIn(shape, namedAt)
    return schema && hasId(schema) ? byShape.get(schema) : undefined
  }
  const open: Left[] = []
  const leave = ({ from, member }: Pick<Link, 'from' | 'member'>, why: string) =>
    open.push({ place: `${from.shape.title}.${member.name}`, why })

  const singles: Link[] = []
  const lists: Link[] = []
  for (const from of models)
    for (const member of from.shape.members) {
      const { shape } = member
      const isList = shape.kind === 'list'
      const to = modelOf(isList ? shape.of : shape)
      if (to) (isList ? lists : singles).push({ from, member, to })
      else if (schemaIn(isList ? shape.of : shape, namedAt)) leave({ from, member }, noRow(isList))
    }

  const refs: Ref[] = []
  for (const link of singles) {
    const { from, member, to } = link
    const isMutual = singles.some((other) => other.from === to && other.to === from) || ownerId(to, from) !== undefined
    if (from !== to && isMutual)
      leave(link, 'each of the two names the other: say which of them has a column with the id')
    else {
      const field = refField(from, member.name, to)
      const isTaken = refs.some((one) => one.from === from && snake(one.field) === snake(field ?? ''))
      if (field === undefined || isTaken)
        leave(link, 'its column would have a name that is taken, or that no column has')
      else refs.push({ from, field, target: to, optional: isOptional(from, field, member), one: member.name })
    }
  }

  const many: (ManyRead & { readonly from: ModelRead })[] = []
  for (const link of lists) {
    const { from, member, to } = link
    const back = refs.filter((one) => one.from === to && one.target === from)
    const alone = back.length > 0 ? undefined : ownerId(to, from)
    // The one that it has may be that of another model.
    const isFree = alone !== undefined && !refs.some((one) => one.from === to && one.field === alone.name)
    const by = isFree ? alone.name : back.find(({ one }) => isOwner(one, link))?.field
    if (from !== to && lists.some((other) => other.from === to && other.to === from))
      leave(link, 'each of the two lists the other: a model between them says which belong together')
    else if (by === undefined || !isCalledAfter(member.name, link))
      leave(link, 'whether what it lists has one owner, and by which column, its names do not say')
    else if (nameMistake(member.name)) leave(link, 'its name is none that a relation has')
    else {
      many.push({ from, member: member.name, target: to, by })
      if (isFree) refs.push({ from: to, field: alone.name, target: from, optional: alone.optional || alone.nullable })
    }
  }
  const startable = withoutCircles(refs)
  return {
    of: new Map(
      models.map((model) => [
        model,
        { refs: startable.filter(({ from }) => from === model), many: many.filter(({ from }) => from === model) },
      ]),
    ),
    open,
  }
}

const noRow = (isList: boolean): string =>
  isList ? 'it lists objects without an id: say how they are kept' : 'it is an object without an id: say how it is kept'

/** Whether a row is held as the owner: it is called after it, or is the parent in a tree. */
const isOwner = (member: string | undefined, { from, to }: Link): boolean =>
  member !== undefined && (from === to ? member === 'parent' : snake(member) === snake(from.name))

/** Whether a list is called after what it lists, and nothing else: `comments`, and `favorites` is of something else. */
function isCalledAfter(list: string, { from, to }: Link): boolean {
  if (from === to) return list === 'children'
  const [name, one] = [snake(list), snake(to.name)]
  return [one, `${one}s`, `${one}es`, one.replace(/y$/, 'ies'), `${one}_list`].includes(name)
}

/** The field with the id: the member that has it already, in the same type, or a new one. Undefined: neither can be. */
function refField(from: ModelRead, member: string, to: ModelRead): string | undefined {
  const wanted = `${member}Id`
  if (nameMistake(member) || nameMistake(wanted) || columnMistake(snake(wanted))) return undefined
  const same = from.shape.members.filter(({ name }) => name !== member && snake(name) === snake(wanted))
  const [known] = same
  if (known === undefined) return wanted
  return same.length === 1 && isIdOf(to, known) && !nameMistake(known.name) ? known.name : undefined
}

/** The member of a listed schema that is called after its owner and has the type of its id. */
const ownerId = (listed: ModelRead, owner: ModelRead): ShapeMember | undefined => {
  const found = listed.shape.members.filter(({ name }) => snake(name) === snake(`${owner.name}Id`))
  const [one] = found
  return found.length === 1 && one && isIdOf(owner, one) && !nameMistake(one.name) ? one : undefined
}

const isIdOf = (model: ModelRead, { shape }: ShapeMember): boolean =>
  hasId(model.shape) && shape.kind === 'scalar' && shape.verb === (isCounted(model) ? 'integer' : 'text')

const isOptional = (from: ModelRead, field: string, held: ShapeMember): boolean =>
  [held, ...from.shape.members.filter(({ name }) => name === field)].every(
    ({ optional, nullable }) => optional || nullable,
  )

/** Where rows that demand each other could never begin, none of them demands: a schema answers what there is in the end. */
function withoutCircles(refs: readonly Ref[]): readonly Ref[] {
  const demanded = Map.groupBy(
    refs.filter(({ optional }) => !optional),
    ({ from }) => from,
  )
  // A chain of schemas may be longer than calls can nest.
  const leadsTo = (from: ModelRead, goal: ModelRead): boolean => {
    const reached = new Set([from])
    for (const one of reached) {
      if (one === goal) return true
      for (const { target } of demanded.get(one) ?? []) reached.add(target)
    }
    return false
  }
  return refs.map((one) => (one.optional || !leadsTo(one.target, one.from) ? one : { ...one, optional: true }))
}
