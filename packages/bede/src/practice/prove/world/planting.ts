import type { Hasher } from '../../../engine/hasher.ts'
import { internalCall } from '../../../engine/internal-call.ts'
import type { Expr } from '../../../expr/expr.ts'
import type { Json } from '../../../expr/value.ts'
import { inputOf } from '../../../manifest/link/input.ts'
import type { Manifest, Shape } from '../../../manifest/manifest.ts'
import { platformSchema } from '../../../manifest/platform/names.ts'
import { tenantModel } from '../../../manifest/tenant.ts'
import type { ModelDefinition } from '../../../model/definition.ts'
import type { Planner } from '../../../sql/planner.ts'
import type { Connection } from '../../../store/driver.ts'
import { type Cast, isAsked, otherValues, usualValue } from './casting.ts'
import { madeUp } from './made-up.ts'
import type { Marks } from './marks.ts'

/** One row of the world. */
export interface PlantedRow {
  readonly model: string
  /** As text. */
  readonly id: string
  /** The name of whose it is. */
  readonly owner: string
  /** What sets it apart from its owner's usual row of the model: `status published`. */
  readonly variant: string
}

export interface Ground {
  readonly manifest: Manifest
  readonly planner: Planner
  readonly connection: Connection
  readonly hasher: Hasher
}

/** The variant of a row that was deleted and is kept, of a model with `softDelete`. */
const deleted = 'deleted'

/** What everybody signs in with. */
export const everybodysPassword = 'Prove-it 7 times, correct horse'
/** What they could choose in its place. */
export const anotherPassword = 'Prove-it 8 times, correct mule'

/** A row that is wanted, and not there yet. */
interface Wanted {
  readonly model: string
  readonly owner: Cast
  readonly variant: string
  readonly set: Readonly<Record<string, Json>>
}

/**
 * Rows of every model for everybody of the cast, written by the system: with them every clause of every rule that asks
 * for a choice, a boolean or an empty field is true of some and false of others.
 */
export async function plant(ground: Ground, cast: readonly Cast[], marks: Marks): Promise<readonly PlantedRow[]> {
  const secret = await ground.hasher.hash(everybodysPassword)
  const planted: PlantedRow[] = []
  let wanted = wantedRows(ground.manifest, cast)
  for (let before = -1; wanted.length > 0 && wanted.length !== before; ) {
    before = wanted.length
    const later: Wanted[] = []
    for (const one of wanted) {
      const made = valuesOf(ground.manifest, one, { cast, planted, marks, secret })
      if (made === 'later') later.push(one)
      else {
        const row = await write(ground, one, made.values).catch(() => undefined)
        if (!row) continue // A constraint lets no such row be: others of its model are there.
        planted.push(row)
        if (one.variant === deleted) await remove(ground, row)
        for (const [field, mark] of made.marked) marks.put(mark, { model: one.model, field, row: row.id })
      }
    }
    wanted = later
  }
  return planted
}

/** What there is by now. */
export interface Planted {
  readonly rows: readonly PlantedRow[]
  readonly marks: Marks
}

/** One account more, and nothing else of it: its row and what stands in it. Undefined: no such row can be made up. */
export async function plantAccount(ground: Ground, name: string, { rows, marks }: Planted) {
  const { manifest, hasher } = ground
  const owner: Cast = { name, set: {}, tenant: 'ada', privileged: false }
  const wanted = { model: manifest.identity?.model ?? '', owner, variant: '', set: {} }
  const secret = await hasher.hash(everybodysPassword)
  const made = valuesOf(manifest, wanted, { cast: [owner], planted: rows, marks, secret })
  if (made === 'later') return undefined
  const row = await write(ground, wanted, made.values).catch(() => undefined)
  return row && { id: row.id, values: made.values }
}

/** Of the app's own models, tables that are written through it. */
export const ownModels = ({ models }: Manifest): readonly (readonly [string, ModelDefinition])[] =>
  Object.entries(models).filter(([, model]) => model.schema !== platformSchema && !model.readonly)

function wantedRows(manifest: Manifest, cast: readonly Cast[]): readonly Wanted[] {
  const account = manifest.identity?.model
  const tenants = new Set(Object.values(manifest.models).flatMap((model) => tenantModel(model) ?? []))
  if (manifest.identity?.organizations) tenants.add(manifest.identity.organizations.model)
  const someone: Cast = { name: 'nobody', set: {}, tenant: 'ada', privileged: false }
  const people = cast.length > 0 ? cast : [someone]
  return ownModels(manifest).flatMap(([model]): Wanted[] => {
    if (model === account) return people.map((owner) => ({ model, owner, variant: '', set: owner.set }))
    const owners = tenants.has(model)
      ? people.filter(({ name, tenant }) => name === tenant || name === 'nobody')
      : people
    return owners.flatMap((owner): Wanted[] => {
      const usual = { model, owner, variant: '', set: {} }
      const others = owner.privileged ? [] : variantsOf(manifest, model)
      return [
        usual,
        ...(manifest.models[model]?.softDelete === undefined ? [] : [{ ...usual, variant: deleted }]),
        ...others.map(([field, value]) => ({ ...usual, variant: `${field} ${value}`, set: { [field]: value } })),
      ]
    })
  })
}

/** The other values of what rules ask for: each by itself. */
const variantsOf = (manifest: Manifest, model: string): readonly (readonly [string, Json])[] =>
  Object.entries(manifest.models[model]?.fields ?? {})
    .filter(([field]) => isAsked(manifest, field))
    .flatMap(([field, { optional, type }]): (readonly [string, Json])[] => [
      ...otherValues(manifest, model, field).map((value) => [field, value] as const),
      ...(optional && type.kind !== 'choice' && type.kind !== 'boolean' ? [[field, null] as const] : []),
    ])

interface Planting {
  readonly cast: readonly Cast[]
  readonly planted: readonly PlantedRow[]
  readonly marks: Marks
  readonly secret: string
}

/** Of which field of a model the value is whoever the row belongs to. */
export function ownerField({ models, actor }: Manifest, name: string): string | undefined {
  const model = models[name]
  if (!model || actor.model === undefined) return undefined
  const refs = Object.entries(model.fields).filter(([, { type }]) => type.kind === 'ref' && type.model === actor.model)
  const made = refs.find(([, field]) => field.default?.kind === 'actor' && field.default.field === 'id')
  return (made ?? refs.find(([, { optional }]) => !optional))?.[0]
}

function valuesOf(manifest: Manifest, { model, owner, set }: Wanted, planting: Planting) {
  const definition = manifest.models[model]
  const values: Record<string, Json> = {}
  const marked: (readonly [field: string, mark: string])[] = []
  const own = ownerField(manifest, model)
  for (const [position, [name, field]] of Object.entries(definition?.fields ?? {}).entries()) {
    const { type, optional } = field
    if (field.managed || field.generated || field.computed !== undefined || field.identity || type.kind === 'search')
      continue
    if (Object.hasOwn(set, name)) {
      values[name] = set[name] ?? null
      continue
    }
    const made = field.default?.kind
    if (made === 'generated' || made === 'now' || made === 'database' || (name === definition?.id && !field.given))
      continue
    if (type.kind === 'ref') {
      const id = referred(manifest, { model, owner, field: name, own: name === own }, planting)
      if (id === undefined && !optional && made === undefined) return 'later' as const
      if (id !== undefined) values[name] = type.integer ? Number(id) : id
    } else if (type.kind === 'secret') values[name] = planting.secret
    else if (type.kind === 'boolean' || type.kind === 'choice') {
      if (made === undefined) values[name] = usualValue(manifest.models, model, name)
    } else if (type.kind === 'timestamp' || type.kind === 'date') values[name] = laterAndLater(type.kind, position)
    else {
      const one = madeUp(inputOf(field), planting.marks)
      if (one === undefined) continue
      values[name] = one.value
      if (one.mark !== undefined) marked.push([name, one.mark])
    }
  }
  return { values, marked }
}

/** Times in the order of the fields: what begins comes before what ends. */
function laterAndLater(kind: 'timestamp' | 'date', position: number): string {
  const time = new Date(Date.UTC(2026, 0, 1 + position)).toISOString()
  return kind === 'date' ? time.slice(0, 10) : time
}

/** The id of the row that a reference names; undefined: there is none yet. */
function referred(
  manifest: Manifest,
  {
    model,
    owner,
    field,
    own,
  }: { readonly model: string; readonly owner: Cast; readonly field: string; readonly own: boolean },
  { cast, planted }: Planting,
): string | undefined {
  const target = manifest.models[model]?.fields[field]?.type.model
  if (target === undefined || target === model) return undefined
  const of = (name: string) => planted.find((row) => row.model === target && row.owner === name)?.id
  if (target === manifest.actor.model) {
    if (own) return of(owner.name)
    // Somebody else of the same tenant.
    const other = cast.find(({ name, tenant }) => name !== owner.name && tenant === owner.tenant)
    return of(other?.name ?? owner.name)
  }
  return of(owner.name) ?? of(owner.tenant) ?? planted.find((row) => row.model === target)?.id
}

async function write({ manifest, planner, connection }: Ground, wanted: Wanted, values: Record<string, Json>) {
  const { model, owner, variant } = wanted
  const definition = manifest.models[model]
  const id = definition?.id ?? ''
  const typed = Object.keys(values).map((name): [string, Expr] => [
    name,
    { kind: 'input', path: [name], type: definition?.fields[name]?.type ?? { kind: 'text' } },
  ])
  const shown = definition?.fields[id]
  const key: Shape = {
    kind: 'value',
    expr: { kind: 'field', row: 'row', field: id },
    type: shown?.type ?? { kind: 'id' },
  }
  const create = internalCall(planner, {
    kind: 'write',
    write: { kind: 'create', model, values: Object.fromEntries(typed) },
    answers: { kind: 'object', members: { id: key } },
  })
  // A refusal of the database undoes this row alone.
  const row = await connection.transaction((inner) => create.run(inner, values))
  const made: unknown = JSON.parse(row?.[1] ?? 'null')
  const given = typeof made === 'object' && made !== null && 'id' in made ? made.id : undefined
  return { model, owner: owner.name, variant, id: String(given) }
}

async function remove({ manifest, planner, connection }: Ground, { model, id }: PlantedRow): Promise<void> {
  const definition = manifest.models[model]
  const key = definition?.id ?? ''
  const type = definition?.fields[key]?.type ?? { kind: 'id' }
  const target: Expr = {
    kind: 'call',
    fn: 'eq',
    args: [
      { kind: 'field', row: 'row', field: key },
      { kind: 'input', path: ['id'], type },
    ],
  }
  const deletion = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target } })
  await connection.transaction((inner) => deletion.run(inner, { id: type.integer ? Number(id) : id }))
}
