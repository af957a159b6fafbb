import fc from 'fast-check'
import type { Json, ValueType } from '../../../src/expr/value.ts'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import type { FieldDefinition, IndexDefinition, ModelDefinition } from '../../../src/model/definition.ts'
import { call, field, literal } from '../../fixtures/small.ts'
import { table, tablesOnly } from '../../fixtures/tables.ts'

/** Two manifests, one after the other, and the values that their rows hold before. */
export interface Pair {
  readonly before: Manifest
  readonly after: Manifest
}

type Field = Omit<FieldDefinition, 'column'>
interface Part {
  readonly name: string
  readonly field: Field
  readonly unique?: true
  readonly indexed?: true
  /** Of a text: the index finds any part of it. */
  readonly alike?: true
  readonly checked?: true
}
interface Thing {
  readonly name: string
  readonly was?: string
  readonly counted?: true
  readonly parts: readonly Part[]
  readonly partial?: true
  /** The field that says whose a row is. */
  readonly tenant?: string
  /** The language in which its texts are searched. */
  readonly searched?: string
  /** Whether the database computes a field of it. */
  readonly computed?: true
}

const kinds: readonly (readonly [ValueType, Json])[] = [
  [{ kind: 'text' }, 'x'],
  [{ kind: 'email' }, 'a@example.org'],
  [{ kind: 'url' }, 'https://example.org'],
  [{ kind: 'slug' }, 'a-b'],
  [{ kind: 'secret' }, 's'],
  [{ kind: 'choice', choices: ['a', "it's", 'c'] }, 'a'],
  [{ kind: 'integer' }, 7],
  [{ kind: 'bigint' }, '8'],
  [{ kind: 'decimal' }, '1.5'],
  [{ kind: 'decimal', precision: 12, scale: 2 }, '2.50'],
  [{ kind: 'float' }, 1.25],
  [{ kind: 'boolean' }, true],
  [{ kind: 'timestamp' }, '2026-01-02T03:04:05.678Z'],
  [{ kind: 'date' }, '2026-01-02'],
  [{ kind: 'time' }, '03:04:05'],
  [{ kind: 'duration' }, 'PT1H'],
  [{ kind: 'json' }, { a: [1] }],
  [{ kind: 'bytes' }, 'AAEC'],
  [{ kind: 'point' }, { lat: 1.5, lon: -2.25 }],
  [{ kind: 'array', of: { kind: 'text' } }, ['x']],
  [{ kind: 'array', of: { kind: 'choice', choices: ['x', 'y'] } }, ['x']],
]

/** What each type may become. */
const next: Readonly<Record<string, readonly ValueType[]>> = {
  integer: [{ kind: 'bigint' }, { kind: 'decimal' }, { kind: 'float' }, { kind: 'text' }],
  bigint: [{ kind: 'decimal' }, { kind: 'integer' }, { kind: 'text' }],
  decimal: [
    { kind: 'decimal' },
    { kind: 'decimal', precision: 20, scale: 4 },
    { kind: 'decimal', precision: 14, scale: 2 },
  ],
  float: [{ kind: 'decimal' }],
  boolean: [{ kind: 'text' }],
  date: [{ kind: 'timestamp' }],
  timestamp: [{ kind: 'date' }],
  text: [{ kind: 'json' }, { kind: 'email' }],
  choice: [
    { kind: 'text' },
    { kind: 'choice', choices: ['a', "it's", 'c', 'd'] },
    { kind: 'choice', choices: ['a', 'd'] },
  ],
  array: [{ kind: 'array', of: { kind: 'text' } }],
}

const canBeUnique = new Set(['text', 'email', 'integer', 'bigint', 'timestamp', 'date', 'float'])
const numbers = new Set(['integer', 'bigint', 'decimal', 'float'])

const field$ = fc.record({
  kind: fc.nat({ max: kinds.length - 1 }),
  optional: fc.boolean(),
  defaulted: fc.boolean(),
  unique: fc.nat({ max: 5 }).map((n) => n === 0),
  indexed: fc.nat({ max: 3 }).map((n) => n === 0),
  alike: fc.boolean(),
  checked: fc.boolean(),
})
type Drawn = typeof field$ extends fc.Arbitrary<infer T> ? T : never

const part = (name: string, { kind, optional, defaulted, unique, indexed, alike, checked }: Drawn): Part => {
  const [type, value] = kinds[kind] ?? [{ kind: 'text' }, 'x']
  return {
    name,
    field: {
      type,
      ...(optional && { optional: true as const }),
      ...(defaulted && {
        default: type.kind === 'timestamp' ? { kind: 'now' as const } : { kind: 'value' as const, value },
      }),
    },
    ...(unique && canBeUnique.has(type.kind) && { unique: true as const }),
    ...(indexed && type.kind !== 'json' && { indexed: true as const }),
    ...(alike && type.kind === 'text' && { alike: true as const }),
    ...(checked && (numbers.has(type.kind) || type.kind === 'text') && { checked: true as const }),
  }
}

const ref$ = fc.record({
  target: fc.nat({ max: 3 }),
  optional: fc.boolean(),
  onDelete: fc.constantFrom(undefined, 'cascade', 'set-null'),
})

const refPart = (name: string, target: Thing, drawn: typeof ref$ extends fc.Arbitrary<infer T> ? T : never): Part => {
  const optional = drawn.optional || drawn.onDelete === 'set-null'
  return {
    name,
    field: {
      type: { kind: 'ref', model: target.name, ...(target.counted && { integer: true as const }) },
      ...(optional && { optional: true as const }),
      ...(drawn.onDelete && { onDelete: drawn.onDelete as 'cascade' | 'set-null' }),
    },
    indexed: true,
  }
}

/** What becomes of a part: it stays in the likeness of `fresh`, or goes. */
const fate$ = fc.record({
  what: fc.constantFrom(
    'keep',
    'keep',
    'keep',
    'drop',
    'rename',
    'retype',
    'rename-retype',
    'options',
    'options',
    'rename-options',
  ),
  fresh: field$,
  pick: fc.nat({ max: 9 }),
})

const model$ = fc.record({
  counted: fc.nat({ max: 3 }).map((n) => n === 0),
  partial: fc.boolean(),
  parts: fc.array(fc.tuple(field$, fate$), { minLength: 1, maxLength: 5 }),
  refs: fc.array(fc.tuple(ref$, fate$), { maxLength: 2 }),
  added: fc.array(fc.tuple(field$, fc.boolean()), { maxLength: 2 }),
  fate: fc.constantFrom('keep', 'keep', 'keep', 'keep', 'rename', 'rename', 'drop'),
  tenancy: fc.constantFrom(...(['none', 'none', 'keep', 'keep', 'gain', 'lose', 'rename'] as const)),
  /** In which language it is searched, before and after. */
  searched: fc.tuple(fc.constantFrom(undefined, 'simple', 'english'), fc.constantFrom(undefined, 'simple', 'english')),
  /** Whether the database computes a field of it, before and after. */
  computed: fc.tuple(fc.boolean(), fc.boolean()),
})

export const pair$: fc.Arbitrary<Pair> = fc
  .record({ models: fc.array(model$, { minLength: 1, maxLength: 4 }), fresh: fc.array(model$, { maxLength: 1 }) })
  .map(({ models, fresh }) => {
    const names = models.map((_, i) => `thing${'ABCD'[i]}`)
    const before: Thing[] = models.map((one, i) => ({
      name: names[i] ?? '',
      ...(one.counted && { counted: true as const }),
      ...(one.partial && { partial: true as const }),
      ...kept(one, 0),
      parts: one.parts.map(([drawn], n) => part(`field${n}`, drawn)),
    }))
    const owned = before.map((thing, i): Thing => owner(thing, models[i]?.tenancy ?? 'none', 'before'))
    const withRefs = owned.map(
      (thing, i): Thing => ({
        ...thing,
        parts: [
          ...thing.parts,
          ...(models[i]?.refs ?? []).map(([drawn], n) =>
            refPart(`ref${n}Id`, before[drawn.target % before.length] ?? thing, drawn),
          ),
        ],
      }),
    )
    const fates = models.map(({ fate }, i) => (i === 0 && fate === 'drop' ? 'keep' : fate))
    const nameNow = new Map(names.map((name, i) => [name, fates[i] === 'rename' ? `${name}Now` : name]))
    const gone = new Set(names.filter((_, i) => fates[i] === 'drop'))
    const after = withRefs.flatMap((thing, i): Thing[] => {
      const drawn = models[i]
      if (!drawn || gone.has(thing.name)) return []
      const { searched: _, computed: __, ...plain } = thing
      const ofParts = [...drawn.parts, ...drawn.refs].map(([, fate]) => fate)
      const parts = thing.parts.flatMap((one, n) => evolve(one, ofParts[n], gone, nameNow))
      const added = drawn.added.map(([fresh, filled], n) => newPart(`fresh${n}`, fresh, filled, parts))
      return [
        {
          ...owner({ ...plain, ...kept(drawn, 1), parts: [...parts, ...added] }, drawn.tenancy, 'after'),
          name: nameNow.get(thing.name) ?? thing.name,
          ...(fates[i] === 'rename' && { was: thing.name }),
        },
      ]
    })
    const more = fresh.map(
      (one): Thing => ({ name: 'brandNew', parts: one.parts.map(([drawn], n) => part(`field${n}`, drawn)) }),
    )
    return { before: manifestOf([...withRefs, owners]), after: manifestOf([...after, ...more, owners]) }
  })

/** What the database keeps of a thing's rows by itself, before (0) or after (1). */
const kept = ({ searched, computed }: typeof model$ extends fc.Arbitrary<infer T> ? T : never, when: 0 | 1) => ({
  ...(searched[when] && { searched: searched[when] }),
  ...(computed[when] && { computed: true as const }),
})

/** The tenants. */
const owners: Thing = { name: 'owner', parts: [] }

/** A thing with the field that names its tenant, and as a tenant's where it is one, before or after. */
function owner(thing: Thing, tenancy: string, when: 'before' | 'after'): Thing {
  const { tenant: _, ...plain } = thing
  if (tenancy === 'none') return plain
  const others = thing.parts.filter(({ field }) => field.type.model !== owners.name)
  const renamed = tenancy === 'rename' && when === 'after'
  const name = renamed ? 'ownerNowId' : 'ownerId'
  const type = { kind: 'ref', model: owners.name } as const
  const is = tenancy !== (when === 'before' ? 'gain' : 'lose')
  return {
    ...plain,
    parts: [...others, { name, field: { type, ...(renamed && { was: 'ownerId' }) }, ...(is ? {} : { indexed: true }) }],
    ...(is && { tenant: name }),
  }
}

function evolve(
  one: Part,
  fate: (typeof fate$ extends fc.Arbitrary<infer T> ? T : never) | undefined,
  gone: ReadonlySet<string>,
  nameNow: ReadonlyMap<string, string>,
): readonly Part[] {
  const { type } = one.field
  if (!fate || fate.what === 'drop' || (type.model !== undefined && gone.has(type.model))) return []
  const pointed =
    type.model === undefined
      ? one
      : { ...one, field: { ...one.field, type: { ...type, model: nameNow.get(type.model) ?? type.model } } }
  const renamed = fate.what.startsWith('rename')
    ? { ...pointed, name: `${one.name}Now`, field: { ...pointed.field, was: one.name } }
    : pointed
  if (fate.what.endsWith('retype')) {
    const to = next[type.kind]?.[fate.pick % (next[type.kind]?.length ?? 1)]
    if (!to || (type.precision !== undefined && to.precision === undefined && fate.pick > 7)) return [renamed]
    const { default: _, ...rest } = renamed.field
    const { checked: __, ...plain } = renamed
    const narrower = type.choices?.some((one) => to.choices && !to.choices.includes(one))
    // Rows that have a choice no more need another one.
    const otherwise = narrower && { default: { kind: 'value' as const, value: 'a' } }
    return [{ ...plain, field: { ...rest, type: to, ...otherwise } }]
  }
  if (!fate.what.endsWith('options')) return [renamed]
  if (type.kind === 'ref') {
    const onDelete = (['cascade', 'set-null', undefined] as const)[fate.pick % 3]
    const { onDelete: _, optional: was, ...rest } = renamed.field
    return [
      {
        ...renamed,
        field: {
          ...rest,
          ...((was || onDelete === 'set-null') && { optional: true as const }),
          ...(onDelete && { onDelete }),
        },
      },
    ]
  }
  const index = kinds.findIndex(([known]) => known === type)
  const fresh = part(renamed.name, { ...fate.fresh, kind: Math.max(index, 0) })
  const { unique: _, ...several } = fresh
  // Rows that were empty all get the same value.
  const again = one.field.optional && !fresh.field.optional ? several : fresh
  const { was } = renamed.field
  const required = one.field.optional && !again.field.optional && !again.field.default
  return [{ ...again, field: { ...again.field, ...(was && { was }), ...(required && { optional: true as const }) } }]
}

/** A new field: optional, with a default, or filled from another one of the row. */
function newPart(name: string, fresh: Drawn, filled: boolean, parts: readonly Part[]): Part {
  const source = parts.find(({ field: { type, optional } }) => type.kind === 'text' && !optional)
  if (filled && source) return { name, field: { type: { kind: 'text' }, backfill: call('lower', field(source.name)) } }
  const made = part(name, fresh)
  const { unique: _, ...plain } = made
  return plain.field.optional || plain.field.default ? plain : { ...plain, field: { ...plain.field, optional: true } }
}

function manifestOf(things: readonly Thing[]): Manifest {
  const models = things.map((thing): readonly [string, ModelDefinition] => {
    const { name, parts, counted, was, tenant } = thing
    const snake = (text: string) => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const indexes = parts.flatMap((one): IndexDefinition[] => {
      const fields = tenant === undefined ? [one.name] : [tenant, one.name]
      if (one.unique) return [{ name: `${[name, ...fields].map(snake).join('_')}_key`, fields, unique: true }]
      const { kind } = one.field.type
      const near =
        kind === 'point'
          ? { method: 'gist' as const }
          : kind === 'text' && one.alike
            ? { method: 'trigram' as const }
            : {}
      return one.indexed ? [{ name: `${snake(name)}_${snake(one.name)}_idx`, fields: [one.name], ...near }] : []
    })
    const byTenant: readonly IndexDefinition[] =
      tenant === undefined
        ? []
        : [{ name: `${snake(name)}_${snake(tenant)}_id_key`, fields: [tenant, 'id'], tenantKey: true }]
    const [first, second] = parts
    const both = first && second ? [{ name: `${snake(name)}_both_idx`, fields: [first.name, second.name] }] : []
    const some =
      thing.partial && first
        ? [{ name: `${snake(name)}_some_idx`, fields: ['id'], where: call('isNotNull', field(first.name)) }]
        : []
    const checks = parts.flatMap((one) => {
      if (!one.checked) return []
      const at = field(one.name)
      const { type, optional } = one.field
      const rule = numbers.has(type.kind)
        ? call('gte', at, literal(type.kind === 'integer' || type.kind === 'float' ? -1 : '-1', { kind: type.kind }))
        : call('ne', at, literal('forbidden', { kind: 'text' }))
      return [{ name: one.name, expr: optional ? call('or', call('isNull', at), rule) : rule }]
    })
    const id: Readonly<Record<string, Field>> = counted
      ? { id: { type: { kind: 'id', model: name, integer: true }, default: { kind: 'generated' } } }
      : {}
    const texts = parts.filter(({ field }) => field.type.kind === 'text').map((one) => one.name)
    const search = thing.searched !== undefined && texts.length > 0 ? thing.searched : undefined
    const fields = {
      ...id,
      ...Object.fromEntries(parts.map((one) => [one.name, one.field])),
      base: { type: { kind: 'text' } } as const,
      ...(thing.computed && {
        made: { type: { kind: 'text' }, immutable: true, generated: call('upper', field('base')) } as const,
      }),
      ...(search && {
        search: { type: { kind: 'search', language: search }, optional: true, immutable: true, managed: true } as const,
      }),
    }
    const words = search ? [{ name: `${snake(name)}_search_idx`, fields: ['search'], method: 'gin' as const }] : []
    const made = table(name, fields, {
      indexes: [
        ...byTenant,
        ...indexes,
        ...both.filter(() => !unordered(first) && !unordered(second)),
        ...some,
        ...words,
      ],
      checks,
      ...(search && {
        search: {
          field: 'search',
          language: search,
          weights: Object.fromEntries(texts.map((one, n) => [one, n === 0 ? 'A' : 'B'])),
        },
      }),
      ...(was !== undefined && { was }),
      ...(tenant !== undefined && { tenant: { field: tenant, actor: tenant } }),
    })
    return [name, made]
  })
  return tablesOnly(Object.fromEntries(models))
}

const unordered = (one: Part | undefined): boolean =>
  one?.field.type.kind === 'json' || one?.field.type.kind === 'point'
