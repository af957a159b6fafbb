import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  anyone,
  app,
  choice,
  defineSchema,
  email,
  id,
  isProblem,
  link,
  model,
  type ProblemDetail,
  ref,
  resources,
  secret,
  text,
} from '../../src/index.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { storedTables } from '../../src/manifest/stored.ts'
import { tenantOf, tenantsOfActor } from '../../src/manifest/tenant.ts'
import { verify } from '../../src/manifest/verify.ts'
import { tower } from '../attacks/support/tower.ts'

/** Written without the compiler's help, as files run without it; and broken on purpose. */
// biome-ignore lint/suspicious/noExplicitAny: mistakes that the compiler would refuse
type Unchecked = any

const detailsOf = (step: () => unknown): readonly ProblemDetail[] => {
  try {
    step()
  } catch (error) {
    if (isProblem(error)) return error.details
    throw error
  }
  return []
}

interface Options {
  readonly fields?: object
  readonly options?: object
  readonly actor?: object
  readonly more?: object
  readonly use?: (all: Unchecked) => object
}
const organization = model({ id: id<'organization'>() })
const user = model({ id: id<'user'>(), email: email({ unique: true }), password: secret() })

const linked = ({ fields, options = { tenant: 'organizationId' }, actor = {}, more, use }: Options = {}): Manifest => {
  const note: Unchecked = model(
    { id: id<'note'>(), organizationId: ref('organization'), slug: text({ unique: true }), ...fields } as Unchecked,
    options as Unchecked,
  )
  const schema: Unchecked = defineSchema({ organization, user, note, ...more } as Unchecked)
  const all: Unchecked = resources(schema, {
    id: ref('user'),
    organizationId: ref('organization', { optional: true }),
    ...actor,
  } as Unchecked)
  const policies = Object.fromEntries(
    Object.keys(schema).map((name) => [
      `${name}Policy`,
      all[name].policy(() => ({ read: anyone, create: anyone, update: anyone })),
    ]),
  )
  return link(app({ name: 'notes', schema, use: { all: { ...policies, ...use?.(all) } } } as Unchecked)).manifest
}
const said = (options: Options) =>
  detailsOf(() => linked(options)).map(({ place, code, message }) => [place, code, message])

test('a tenant is a reference that every row has, and the actor has one like it', () => {
  const optional = { organizationId: ref('organization', { optional: true }) }
  const defaulted = {
    organizationId: ref('organization', { default: '01939d6e-0000-7000-8000-000000000001' as Unchecked }),
  }
  const cases: readonly (readonly [Options, ...(readonly (readonly [string, string, string])[])])[] = [
    [{}],
    [
      { options: { tenant: 'organisationId' } },
      ['note.tenant', 'unknown-model-field', "There is no field of note 'organisationId'"],
    ],
    [{ options: { tenant: 'slug' } }, ['note.tenant', 'invalid-declaration', 'note.slug names no row']],
    [
      { fields: optional },
      ['note.tenant', 'invalid-declaration', 'note.organizationId does not say whose each row is'],
    ],
    [
      { fields: defaulted },
      ['note.tenant', 'invalid-declaration', 'note.organizationId is taken from the actor, and has another default'],
    ],
    [
      { actor: { organizationId: text() } },
      ['note.tenant', 'invalid-declaration', 'The actor has no field that names a organization'],
    ],
    [
      { actor: { organizationId: text(), homeId: ref('organization'), awayId: ref('organization') } },
      ['note.tenant', 'invalid-declaration', 'homeId and awayId of the actor both name a organization'],
    ],
    [
      { fields: { parentId: ref('note') }, options: { tenant: 'parentId' }, actor: { noteId: ref('note') } },
      ['note.tenant', 'invalid-declaration', 'A tenant of note would be a note itself'],
    ],
  ]
  for (const [options, ...expected] of cases) assert.deepEqual(said(options), expected, JSON.stringify(expected))
  const { tenant, fields } =
    linked({ actor: { organizationId: text(), homeId: ref('organization') } }).models.note ?? {}
  assert.deepEqual(tenant, { field: 'organizationId', actor: 'homeId' }, 'the only one that names the same model')
  assert.deepEqual(fields?.organizationId?.default, { kind: 'actor', field: 'homeId' })
})

test('class 31: no declaration writes a tenant’s field, or takes it or an id from callers', () => {
  const refused = (use: (all: Unchecked) => object, fields?: object) =>
    said({ use, ...(fields && { fields }) }).map(([place, code]) => [place, code])
  const create = (organizationId: Unchecked) => (all: Unchecked) => ({
    make: all.note.action({
      input: { slug: text(), whose: ref('organization') },
      create: (scope: Unchecked) => ({ slug: scope.input.slug, organizationId: organizationId(scope) }),
    }),
  })
  assert.deepEqual(refused(create(({ actor }: Unchecked) => actor.organizationId)), [])
  assert.deepEqual(refused(create(({ input }: Unchecked) => input.whose)), [
    ['make.values.organizationId', 'server-made-field'],
  ])
  const move = (all: Unchecked) => ({
    move: all.note.action({ set: ({ actor }: Unchecked) => ({ organizationId: actor.organizationId }) }),
  })
  assert.deepEqual(refused(move), [['move.set.organizationId', 'immutable-field']])
  const expose = (accepts: object) => (all: Unchecked) => {
    const noteView = all.note.view(({ row }: Unchecked) => ({ id: row.id }))
    return { noteView, notes: all.note.expose({ view: noteView, operations: ['create', 'update'], accepts }) }
  }
  assert.deepEqual(refused(expose({})), [])
  assert.deepEqual(refused(expose({ create: ['slug', 'organizationId'] })), [
    ['note.create.values.organizationId', 'server-made-field'],
  ])
  assert.deepEqual(
    refused(expose({ update: ['organizationId'] })).map(([, code]) => code),
    ['invalid-declaration'],
  )
  const given = refused(expose({}), { id: id<'note'>({ given: true }) })
  assert.deepEqual(given, [['note.create.values.id', 'server-made-field']])
})

test('class 31: what joins rows of tenants is a tenant’s, and accounts are nobody’s', () => {
  const other = (options: object) =>
    model({ id: id<'other'>(), organizationId: ref('organization') } as Unchecked, options as Unchecked)
  const join = (options: object, fields = {}) =>
    model(
      { id: id<'join'>(), noteId: ref('note'), otherId: ref('other'), ...fields } as Unchecked,
      options as Unchecked,
    )
  const tenant = { tenant: 'organizationId' }
  const owned = { organizationId: ref('organization') }
  assert.deepEqual(said({ more: { other: other(tenant), join: join(tenant, owned) } }), [])
  assert.deepEqual(said({ more: { other: other({}), join: join({}) } }), [])
  const [[place, code] = []] = said({ more: { other: other(tenant), join: join({}) } })
  assert.deepEqual([place, code], ['join.tenant', 'invalid-declaration'])
  const account = model(
    { id: id<'user'>(), email: email({ unique: 'global' }), password: secret(), organizationId: ref('organization') },
    tenant as Unchecked,
  )
  const found = said({
    more: { user: account },
    use: (all) => ({ identity: all.user.identity({ register: ['organizationId'] }) }),
  })
  assert.ok(
    found.some(([place]) => place === 'identity'),
    JSON.stringify(found),
  )
})

test('indexes begin with the tenant, and what is unique holds within it unless it says otherwise', () => {
  const { manifest } = link(tower())
  const indexes = (name: string) =>
    (manifest.models[name]?.indexes ?? []).map(({ fields, unique, tenantKey }) => [
      tenantKey ? 'key' : unique ? 'unique' : 'index',
      fields.join(' '),
    ])
  assert.deepEqual(indexes('project'), [
    ['key', 'organizationId id'],
    ['unique', 'organizationId slug'],
    ['unique', 'badge'],
    ['index', 'organizationId status'],
    ['index', 'organizationId budget'],
    ['index', 'organizationId createdAt'],
    ['index', 'search'],
    ['index', 'ownerId organizationId'],
    ['index', 'deletedAt'],
  ])
  assert.deepEqual(indexes('label'), [
    ['key', 'organizationId id'],
    ['unique', 'organizationId projectId tagId'],
    ['index', 'tagId'],
  ])
  assert.deepEqual(indexes('settings'), [
    ['key', 'organizationId id'],
    ['unique', 'organizationId'],
  ])
  const references = Object.fromEntries(
    storedTables(manifest).flatMap(({ model, columns }) =>
      columns.flatMap(({ field, references }) =>
        references ? [[`${model}.${field}`, references.tenant !== undefined]] : [],
      ),
    ),
  )
  assert.deepEqual(
    Object.keys(references).filter((name) => references[name]),
    ['label.projectId', 'label.tagId', 'step.taskId', 'task.projectId', 'task.parentId'],
  )
  assert.equal(references['bookmark.projectId'], false)
})

const broken: Readonly<Record<string, readonly [place: string, (m: Unchecked) => void]>> = {
  'class 31: a field that is taken from nobody': [
    'project.tenant',
    (m) => delete m.models.project.fields.organizationId.default,
  ],
  'class 31: a field that may be changed': [
    'project.tenant',
    (m) => delete m.models.project.fields.organizationId.immutable,
  ],
  'class 31: a field that may be missing': [
    'project.tenant',
    (m) => {
      m.models.project.fields.organizationId.optional = true
    },
  ],
  'class 31: another field of the actor': [
    'project.tenant',
    (m) => {
      m.models.project.tenant.actor = 'id'
    },
  ],
  'class 31: no field at all': [
    'project.tenant',
    (m) => {
      m.models.project.tenant.field = 'constructor'
    },
  ],
  'class 31: an actor without a tenant': [
    'project.tenant',
    (m) => {
      m.actor.fields.organizationId.type = { kind: 'text' }
    },
  ],
  'class 31: no key that references are held to': ['project.tenant', (m) => m.models.project.indexes.shift()],
  'class 31: a model that joins rows of tenants, and is no tenant’s': [
    'label.tenant',
    (m) => {
      delete m.models.label.tenant
    },
  ],
  'class 31: an operation that callers tell whose the row is': [
    'tag.create.values.organizationId',
    (m) => {
      const type = m.models.tag.fields.organizationId.type
      m.operations['tag.create'].input.data.fields.organizationId = { type }
      m.operations['tag.create'].write.values.organizationId = { kind: 'input', path: ['data', 'organizationId'], type }
    },
  ],
}
for (const [name, [place, breakIt]] of Object.entries(broken)) {
  test(`${name} is refused in a manifest from anywhere`, () => {
    const document: Unchecked = JSON.parse(JSON.stringify(link(tower()).manifest))
    assert.deepEqual(verify(document), [])
    breakIt(document)
    assert.ok(
      verify(document).some((one) => one.place === place),
      JSON.stringify(verify(document)),
    )
  })
}

test('where somebody acts is said by the fields of tenants, and by the organization where there are no tenants', () => {
  const one = linked()
  assert.equal(tenantOf(one, { id: 'u', organizationId: 'o' }), 'organization:o')
  assert.equal(tenantOf(one, { id: 'u', organizationId: 7 }), 'organization:7')
  for (const nowhere of [{ id: 'u' }, { id: 'u', organizationId: null }]) assert.equal(tenantOf(one, nowhere), null)

  const region = model({ id: id<'region'>() })
  const shop = model({ id: id<'shop'>(), regionId: ref('region') }, { tenant: 'regionId' })
  const two = linked({ more: { region, shop }, actor: { regionId: ref('region', { optional: true }) } })
  assert.deepEqual(tenantsOfActor(two), ['organizationId', 'regionId'])
  assert.equal(tenantOf(two, { id: 'u', organizationId: 'a', regionId: 'b' }), '["organization:a","region:b"]')
  assert.equal(tenantOf(two, { id: 'u', organizationId: 'o' }), 'organization:o', 'as it was before there were regions')
  assert.equal(tenantOf(two, { id: 'u', regionId: 'b' }), 'region:b')
  assert.equal(tenantOf(two, { id: 'u' }), null)

  assert.equal(tenantOf(linked({ options: {} }), { id: 'u', organizationId: 'o' }), null, 'the app has no tenancy')
  const belonging = linked({
    options: {},
    actor: { organizationRole: choice(['owner', 'member'], { optional: true }) },
    use: ({ user }) => ({ identity: user.identity({ organizations: { roles: ['owner', 'member'], create: [] } }) }),
  })
  assert.equal(tenantOf(belonging, { id: 'u', organizationId: 'o' }), 'organization:o')
})
