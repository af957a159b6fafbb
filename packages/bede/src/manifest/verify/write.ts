import type { Expr } from '../../expr/expr.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { CreateWrite, Each, InputField, Write } from '../manifest.ts'
import { wholeKey } from '../tenant.ts'
import { verifySealed, verifySealedKey } from './encrypted.ts'
import { verifyEvents } from './event.ts'
import { keepsDeleted } from './policy.ts'
import { checkRule, checkValue, type Verifying, wrong } from './report.ts'
import { inputAt, own, type Surroundings, unknown } from './scope.ts'
import { verifyShape } from './shape.ts'
import { verifyGivenId, verifyTenantValue } from './tenant.ts'

type Values = Readonly<Record<string, Expr>>

/** What an operation changes. Place: `publish.set.status`. `exposed`: its values come from callers as they are. */
export function verifyWrite(
  verifying: Verifying,
  place: string,
  write: Write,
  input: Surroundings['input'],
  exposed: boolean,
): void {
  const { models } = verifying.manifest
  const model = own(models, write.model)
  if (!model) {
    verifying.add(place, unknown('unknown-model', 'model', write.model, Object.keys(models)))
    return
  }
  if (model.readonly) {
    verifying.add(
      place,
      wrong('invalid-declaration', `The rows of ${write.model} are only read`, 'Write to the tables it shows.'),
    )
  }
  verifySealedKey(verifying, place, write, model)
  const row = new Map([['row', write.model]])
  const around = { input: input ?? {}, ...itemsOf(verifying, place, write.each, input) }
  switch (write.kind) {
    case 'create':
      verifyCreate(verifying, place, write, model, { ...around, rows: row }, exposed)
      break
    case 'update':
      checkRule(verifying, `${place}.target`, write.target, { ...around, rows: row })
      checkRule(verifying, `${place}.where`, write.where, { ...around, rows: row })
      verifyValues(
        verifying,
        `${place}.set`,
        write.model,
        model,
        write.set,
        { ...around, rows: row },
        'update',
        exposed,
      )
      if (write.represents) verifyShape(verifying, `${place}.represents`, write.represents, { ...around, rows: row })
      break
    case 'delete':
      checkRule(verifying, `${place}.target`, write.target, { ...around, rows: row })
      checkRule(verifying, `${place}.where`, write.where, { ...around, rows: row })
      if (write.represents) verifyShape(verifying, `${place}.represents`, write.represents, { ...around, rows: row })
      break
    case 'restore':
    case 'purge':
      checkRule(verifying, `${place}.target`, write.target, { ...around, rows: row })
      if (write.kind === 'purge' && write.limit) {
        const number = { type: { kind: 'integer' }, nullable: false } as const
        checkValue(verifying, `${place}.limit`, write.limit, number, { input: around.input })
      }
      if (model.softDelete === undefined) {
        verifying.add(
          place,
          wrong('invalid-declaration', `${write.model} does not keep its deleted rows`, keepsDeleted(write.model)),
        )
      }
  }
  verifyEvents(verifying, place, write.emits ?? [], { ...around, rows: row })
}

/** The items of an `each`, by its variable. */
function itemsOf(
  verifying: Verifying,
  place: string,
  each: Each | undefined,
  input: Surroundings['input'],
): Pick<Surroundings, 'items'> {
  if (!each) return {}
  const list = inputAt(input, each.path)
  if ('mistake' in list) {
    verifying.add(`${place}.each`, list)
    return {}
  }
  const item: InputField | undefined = list.items
  if (list.type.kind !== 'array' || !item) {
    verifying.add(`${place}.each`, wrong('mismatched-type', `${each.path.join('.')} is not an array`))
    return {}
  }
  return { items: new Map([[each.as, item]]) }
}

function verifyCreate(
  verifying: Verifying,
  place: string,
  write: CreateWrite,
  model: ModelDefinition,
  around: Surroundings,
  exposed: boolean,
): void {
  const name = write.model
  verifyValues(verifying, `${place}.values`, name, model, write.values, around, 'create', exposed)
  verifyComplete(verifying, place, name, model, write.values, [])
  for (const [relation, child] of Object.entries(write.children ?? {})) {
    const at = `${place}.children.${relation}`
    const definition = own(model.relations, relation)
    const target = definition && own(verifying.manifest.models, definition.model)
    if (!definition || !target)
      verifying.add(at, unknown('unknown-model-field', `relation of ${name}`, relation, Object.keys(model.relations)))
    else if (definition.kind !== 'many')
      verifying.add(at, wrong('mismatched-type', `${name}.${relation} is one row, not many`))
    else {
      if (target.readonly)
        verifying.add(at, wrong('invalid-declaration', `The rows of ${definition.model} are only read`))
      const items = itemsOf(verifying, at, child.each, around.input)
      const inner = { ...around, items: new Map([...(around.items ?? []), ...(items.items ?? [])]) }
      verifyValues(verifying, at, definition.model, target, child.values, inner, 'create', false)
      verifyComplete(verifying, at, definition.model, target, child.values, [definition.field])
    }
  }
  if (!write.exists) return
  const { key, set } = write.exists
  if (!wholeKey(model, key)) {
    verifying.add(
      `${place}.exists`,
      wrong(
        'missing-index',
        `${key.join(', ')} is no unique of ${name}`,
        `Add unique: [[${key.map((field) => `'${field}'`).join(', ')}]] to the options of the model ${name}.`,
      ),
    )
  }
  if (set) verifyValues(verifying, `${place}.exists.set`, name, model, set, around, 'update', exposed)
}

/** Values that the server makes, and no caller sends (class 22). Giving a row away is a change like any other. */
const isServerMade = (
  { type, default: value, onUpdate, given, computed, generated }: FieldDefinition,
  kind: 'create' | 'update',
): boolean =>
  (type.kind === 'id' && !given) ||
  computed !== undefined ||
  generated !== undefined ||
  onUpdate !== undefined ||
  value?.kind === 'generated' ||
  value?.kind === 'now' ||
  (kind === 'create' && value?.kind === 'actor')

/** What the actor is known by decides rights: no caller writes it without a rule of its own (classes 20 and 22). */
const isRight = ({ manifest: { actor, policies } }: Verifying, model: string, field: string): boolean =>
  actor.model === model &&
  field !== 'id' &&
  own(actor.fields, field) !== undefined &&
  own(own(policies, model)?.fields ?? {}, field)?.write === undefined

function verifyValues(
  verifying: Verifying,
  place: string,
  name: string,
  model: ModelDefinition,
  values: Values,
  around: Surroundings,
  kind: 'create' | 'update',
  exposed: boolean,
): void {
  for (const [field, expr] of Object.entries(values)) {
    const at = `${place}.${field}`
    const definition = own(model.fields, field)
    if (!definition) {
      verifying.add(at, unknown('unknown-model-field', `field of ${name}`, field, Object.keys(model.fields)))
      continue
    }
    if (kind === 'update' && (field === model.id || definition.immutable)) {
      verifying.add(
        at,
        wrong('immutable-field', `${name}.${field} is set at create and never again`, 'Take it out of set.'),
      )
    }
    if (definition.generated) {
      const message = `${name}.${field} is computed from the rest of the row`
      verifying.add(at, wrong('server-made-field', message, 'Write what it is made of.'))
    }
    if (definition.managed) {
      verifying.add(
        at,
        wrong(
          'server-made-field',
          `${name}.${field} is written by the platform alone`,
          'Delete the row, or restore it.',
        ),
      )
    }
    verifyTenantValue(verifying, at, model, field, expr)
    if (exposed && kind === 'create' && field === model.id && definition.given)
      verifyGivenId(verifying, at, name, model)
    if (exposed && field !== model.tenant?.field && isServerMade(definition, kind)) {
      verifying.add(
        at,
        wrong(
          'server-made-field',
          `${name}.${field} is made by the server, and callers could send it`,
          'Take it out of accepts.',
        ),
      )
    }
    if (exposed && isRight(verifying, name, field)) {
      verifying.add(
        at,
        wrong(
          'unguarded-field',
          `${name}.${field} is part of the actor, and no rule says who may write it`,
          `Add fields: { ${field}: { write: … } } to the policy of ${name}, or take ${field} out of accepts.`,
        ),
      )
    }
    if (definition.type.kind === 'encrypted') verifySealed(verifying, at, settled(expr), definition, around)
    else
      checkValue(
        verifying,
        at,
        settled(expr),
        { type: definition.type, nullable: definition.optional === true },
        around,
      )
  }
}

/** The value when the input was sent: without `otherwise` the field is left out. */
const settled = (expr: Expr): Expr => (expr.kind === 'given' && !expr.otherwise ? expr.then : expr)

/** A create that can never be complete is a mistake of the declaration, not of every caller. */
function verifyComplete(
  verifying: Verifying,
  place: string,
  name: string,
  model: ModelDefinition,
  values: Values,
  filled: readonly string[],
): void {
  for (const [field, { optional, default: value, given, computed, generated, identity }] of Object.entries(
    model.fields,
  )) {
    if (
      optional ||
      value !== undefined ||
      computed !== undefined ||
      generated !== undefined ||
      identity !== undefined ||
      filled.includes(field) ||
      isCertain(own(values, field))
    )
      continue
    if (field === model.id && !given) continue // made by the database where it is an integer
    verifying.add(
      `${place}.${field}`,
      wrong(
        'incomplete-write',
        `${name}.${field} has no value and no default`,
        `Give it a value, or a default, or make it optional.`,
      ),
    )
  }
}

const isCertain = (expr: Expr | undefined): boolean =>
  expr !== undefined && (expr.kind !== 'given' || expr.otherwise !== undefined)
