import type { Expr } from '../../../expr/expr.ts'
import { has } from '../../../expr/walk.ts'
import type { Manifest } from '../../../manifest/manifest.ts'
import { platformSchema } from '../../../manifest/platform/names.ts'
import { hole } from '../attacks/found.ts'
import type { Finding } from '../finding.ts'
import type { Change } from '../target/changes.ts'
import type { Exchange } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import { ownerField } from '../world/planting.ts'
import { ownerOf } from '../world/world.ts'
import { whoIs } from './shown.ts'
import { receivers, type Watch } from './watch.ts'

/** Whoever changes a row may do so: by the policies, and because the row is theirs or because of what they are. */
export const written: Watch = {
  name: 'after every request all tables are compared: who has changed which row, and were they allowed to',
  classes: [15, 19, 22, 29, 30],
  applies: () => true,
  see(exchange, target) {
    if (exchange.draft.entry.brought) return []
    const own = exchange.changes.filter(({ model }) => target.manifest.models[model]?.schema !== platformSchema)
    const refused =
      (exchange.status === 401 || exchange.status === 403) && own.length > 0 ? [refusedAndWritten(exchange, own)] : []
    return [...refused, ...own.flatMap((change) => judged(change, own, exchange, target))]
  },
}

const refusedAndWritten = (exchange: Exchange, [change]: readonly Change[]): Finding =>
  hole(19, exchange, {
    says: `It answers ${exchange.status}, and ${change?.model} was ${change?.kind} all the same`,
    hint: 'Let what refuses throw a Problem, inside the transaction.',
  })

function judged(change: Change, all: readonly Change[], exchange: Exchange, target: Target): readonly Finding[] {
  if (change.kind === 'created') return createdBy(change, exchange, target)
  const { manifest, world } = target
  const row = world.valuesOf(change)
  if (!row || along(change, all, target)) return []
  const owner = ownerOf(manifest, change.model, row)
  const readers = receivers(exchange, target)
  if (owner === undefined || readers.some(({ account }) => account === owner)) return []
  const verb = verbOf(change, manifest)
  const allowed = readers.some(({ actor }) => world.judge.may(verb, change.model, row, actor, world.stored))
  const anonymous = exchange.as.account === ''
  const what = `${whoIs(exchange)} has ${change.kind === 'deleted' ? 'deleted' : 'changed'} a row of ${change.model} that belongs to somebody else`
  if (!allowed) {
    const says = `${what}, which its policy refuses`
    const hint = `Write with the rights of the caller: db without as(system(…)), or check in ${exchange.draft.entry.name} whose row it is.`
    return [hole(anonymous ? 29 : 15, exchange, { says, hint, evidence: evidenceOf(change) })]
  }
  if (exchange.as.privileged || !isOwned(manifest, change.model) || !isOpen(manifest, change.model, verb)) return []
  const says = `${what}: the policy's rule for ${verb} does not ask who calls`
  const field = ownerField(manifest, change.model) ?? manifest.models[change.model]?.id
  const hint = `State whose it is: ${verb}: row.${field}.eq(actor.id). If anybody may, acknowledge it in prove.json with the reason.`
  return [hole(anonymous ? 30 : 15, exchange, { says, hint, evidence: evidenceOf(change) })]
}

const evidenceOf = ({ model, kind, id }: Change): string => `${model} ${id} was ${kind}`

function verbOf({ model, kind, columns }: Change, { models }: Manifest): 'update' | 'delete' {
  const deletedAt = models[model]?.softDelete
  const column = deletedAt === undefined ? undefined : models[model]?.fields[deletedAt]?.column
  return kind === 'deleted' || (column !== undefined && columns[column] !== null) ? 'delete' : 'update'
}

/** Deleting a row takes those along that name it: they were not what was asked for. */
function along({ model, id }: Change, all: readonly Change[], { manifest, world }: Target): boolean {
  const row = world.valuesOf({ model, id })
  return Object.entries(manifest.models[model]?.fields ?? {}).some(
    ([field, { type, onDelete }]) =>
      onDelete !== undefined &&
      all.some((other) => other.kind !== 'created' && other.model === type.model && other.id === String(row?.[field])),
  )
}

/** Whether its declaration says that a row belongs to whoever made it, or is an account. */
function isOwned(manifest: Manifest, model: string): boolean {
  const field = ownerField(manifest, model)
  const made = field === undefined ? undefined : manifest.models[model]?.fields[field]?.default
  return model === manifest.actor.model || (made?.kind === 'actor' && made.field === 'id')
}

/** Whether a rule lets everybody through, or everybody who is signed in, whoever the row belongs to. */
function isOpen({ policies }: Manifest, model: string, verb: 'update' | 'delete'): boolean {
  const rule = verb === 'update' ? policies[model]?.update?.from : policies[model]?.delete
  return rule !== undefined && !asksWho(rule)
}

/** That somebody is signed in says nothing of who it is, and that they are not the owner is no reason to let them. */
const asksNothing: ReadonlySet<string> = new Set(['isNotNull', 'isNull', 'ne'])

const asksWho = (rule: Expr): boolean =>
  has(
    rule,
    (part) => part.kind === 'call' && !asksNothing.has(part.fn) && part.args.some(({ kind }) => kind === 'actor'),
  ) || has(rule, (part) => part.kind === 'actor' && part.field !== 'id')

function createdBy(change: Change, exchange: Exchange, { manifest, world }: Target): readonly Finding[] {
  const { entry } = exchange.draft
  const { model, columns } = change
  const definition = manifest.models[model]
  if (model === manifest.actor.model) return []
  if (exchange.as.account === '' && entry.handler) {
    const row = Object.fromEntries(
      Object.entries(definition?.fields ?? {}).map(([name, { column }]) => [name, columns[column] ?? null]),
    )
    if (world.judge.may('create', model, row, null, world.stored)) return []
    const says = `Somebody who is not signed in has created a row of ${model}, which its policy refuses`
    const hint = `Leave out auth: 'optional' of ${entry.name}, or let the policy of ${model} say that anybody may create one.`
    return [hole(29, exchange, { says, hint, evidence: evidenceOf(change) })]
  }
  const field = ownerField(manifest, model)
  const owned = field === undefined ? undefined : definition?.fields[field]
  if (owned?.default?.kind !== 'actor' || exchange.as.privileged || exchange.as.account === '') return []
  const owner = columns[owned.column]
  if (owner === null || owner === undefined || String(owner) === exchange.as.account) return []
  const says = `${whoIs(exchange)} has created a row of ${model} in the name of somebody else`
  const hint = `Do not take ${field} from the caller: its default is the actor.`
  return [hole(22, exchange, { says, hint, evidence: evidenceOf(change) })]
}
