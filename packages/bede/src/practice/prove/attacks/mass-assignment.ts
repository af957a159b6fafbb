import type { Json } from '../../../expr/value.ts'
import { platformSchema } from '../../../manifest/platform/names.ts'
import type { ModelDefinition } from '../../../model/definition.ts'
import type { Finding } from '../finding.ts'
import type { Entry } from '../inventory/inventory.ts'
import { type Draft, draft } from '../inventory/request.ts'
import type { Target } from '../target/target.ts'
import { ownModels } from '../world/planting.ts'
import { callerOf, subjectOf } from './caller.ts'
import { hole } from './found.ts'
import type { Probe } from './probe.ts'

/** Fields that the server sets, or that decide rights, with a value that only an attacker would send. */
function coveted(model: ModelDefinition, name: string, target: Target): Readonly<Record<string, Json>> {
  const { manifest, world } = target
  const victim = world.people.find((person) => person.name === 'bob')
  const found: Record<string, Json> = {}
  for (const [field, { type, default: made, column: _, private: hidden, optional, immutable }] of Object.entries(
    model.fields,
  )) {
    const owner = type.kind === 'ref' && type.model === manifest.actor.model
    const rights = name === manifest.actor.model && Object.hasOwn(manifest.actor.fields, field)
    if (owner && victim) found[field] = type.integer ? Number(victim.account) : victim.account
    else if (type.kind === 'boolean' && (hidden || rights)) found[field] = made?.kind !== 'value' || made.value !== true
    else if (type.kind === 'choice' && (hidden || rights)) found[field] = type.choices?.at(-1) ?? null
    else if (type.kind === 'timestamp' && (made || immutable) && !optional) found[field] = forgedTime
  }
  return found
}

const forgedTime = '1999-12-31T23:59:59.000Z'

/** A write takes what it declares from its caller; what the server sets, it sets. */
export const massAssignment: Probe = {
  name: 'fields that the server sets, and fields that decide rights, are sent with every write',
  classes: [17, 22, 31],
  applies: (entries) => entries.some(({ http }) => http.body !== undefined) || 'no operation takes a body',
  async run({ target, examples }) {
    const found: Finding[] = []
    const as = callerOf(target)
    for (const entry of target.entries) {
      if (entry.http.body === undefined) continue
      for (const [name, model] of ownModels(target.manifest)) {
        if (entry.operation.kind !== 'invoke' && entry.operation.write?.model !== name) continue
        const forged = coveted(model, name, target)
        for (const [field, value] of Object.entries(forged)) {
          for (const request of withMember(entry, target, field, value, examples[entry.name])) {
            const exchange = await target.send(request, as)
            const taken = exchange.changes.find(
              (change) =>
                change.model === name &&
                isSame(change.columns[model.fields[field]?.column ?? ''], value) &&
                !wasSo(change, field, value, target),
            )
            if (!taken || target.manifest.models[taken.model]?.schema === platformSchema) continue
            if (declares(entry, field)) continue
            found.push(
              hole(taken.kind === 'updated' && model.fields[field]?.type.kind === 'ref' ? 17 : 22, exchange, {
                says: `${name}.${field} is what the caller has sent, and no input of that name is declared`,
                hint: `Name the fields that ${entry.name} takes one by one, in its body; do not pass on an object of any form.`,
                evidence: `${name} ${taken.id}: ${field} is ${JSON.stringify(value)}`,
              }),
            )
          }
        }
      }
    }
    return found
  },
}

const declares = ({ slots }: Entry, field: string): boolean =>
  slots.some(({ path, field: { type } }) => path.at(-1) === field && type.kind !== 'json')

const isSame = (stored: Json | undefined, sent: Json): boolean =>
  stored === sent ||
  String(stored) === String(sent) ||
  (typeof stored === 'string' && typeof sent === 'string' && Date.parse(stored) === Date.parse(sent))

function wasSo(
  change: { readonly model: string; readonly id: string },
  field: string,
  value: Json,
  { world }: Target,
): boolean {
  const before = world.valuesOf(change)
  return before !== undefined && isSame(before[field], value)
}

/** The request with one member more: in its body, in each object of it, and in each value of any form. */
function withMember(
  entry: Entry,
  target: Target,
  member: string,
  value: Json,
  example: Readonly<Record<string, Json>> | undefined,
): readonly Draft[] {
  const open = entry.slots.filter(({ field, place }) => place === 'body' && field.type.kind === 'json')
  const about = subjectOf(entry, target)
  const told = { about, full: true, ...(example && { example }) }
  const inOpen = open.flatMap((slot) => {
    const known = ['title', 'name', 'username', 'email', 'body', 'bio', 'description']
    const made = Object.fromEntries([
      ...entry.slots.filter(({ path }) => known.includes(path.at(-1) ?? '')).map(({ path }) => [path.at(-1), 'x']),
      [member, value],
    ])
    return draft(entry, target.world, { ...told, fill: (one) => (one === slot ? { value: made } : undefined) }) ?? []
  })
  const usual = draft(entry, target.world, told)
  const body = usual?.body
  if (!usual || typeof body !== 'object' || body === null || Array.isArray(body)) return inOpen
  const members = Object.entries(body)
  const deeper = members.flatMap(([name, inner]): Draft[] =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? [{ ...usual, body: { ...body, [name]: { ...inner, [member]: value } } }]
      : [],
  )
  return [...inOpen, { ...usual, body: { ...body, [member]: value } }, ...deeper]
}
