import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../../src/engine/call.ts'
import { start } from '../../src/identity/start.ts'
import {
  type ActorOf,
  anyone,
  app,
  choice,
  defineSchema,
  email,
  id,
  integer,
  isProblem,
  link,
  model,
  nobody,
  type Problem,
  ref,
  resources,
  secret,
  text,
} from '../../src/index.ts'
import { readManifest } from '../../src/manifest/read.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'

/** Accounts whose rights hang on two fields of their own row, which an exposure with the usual options opens. */
const user = model({
  id: id<'user'>(),
  email: email({ unique: true }),
  password: secret({ private: true }),
  name: text({ default: '' }),
  role: choice(['member', 'editor'], { default: 'member' }),
  level: integer({ default: 0 }),
})
const models = defineSchema({ user })
const actor = { id: ref('user'), role: choice(['member', 'editor']), level: integer() }
const { user: Users } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const userView = Users.view(({ row }) => ({ id: row.id, name: row.name, role: row.role, level: row.level }))

const operations = ['get', 'update', 'updateMany'] as const
type Accepts = { update: readonly ('name' | 'role')[] }
const accounts = (options: { accepts?: Accepts; guarded?: boolean } = {}) =>
  app({
    name: 'accounts',
    schema: models,
    use: {
      users: {
        userView,
        userPolicy: Users.policy(({ row, actor }) => ({
          read: anyone,
          create: nobody,
          update: row.id.eq(actor.id),
          ...(options.guarded && { fields: { role: { write: actor.role.eq('editor') } } }),
        })),
        users: Users.expose({ view: userView, operations, ...(options.accepts && { accepts: options.accepts }) }),
      },
    },
  })

const problemOf = async (step: () => unknown): Promise<Problem> => {
  try {
    await step()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('class 22: what the actor is known by is not accepted unless it is named, and then under a rule of its own', async () => {
  const { operations } = link(accounts()).manifest
  const update = operations['user.update']?.input.data?.fields
  assert.deepEqual(Object.keys(update ?? {}), ['email', 'name'])
  assert.deepEqual(Object.keys(operations['user.updateMany']?.input.items?.items?.fields ?? {}), [
    'id',
    'email',
    'name',
  ])

  const { details } = await problemOf(() => link(accounts({ accepts: { update: ['name', 'role'] } })))
  const places = details.map(({ place, code }) => `${place} ${code}`)
  assert.deepEqual(places, ['user.update.set.role unguarded-field', 'user.updateMany.set.role unguarded-field'])
  assert.match(details[0]?.hint ?? '', /fields: \{ role: \{ write: … \} \}/)
  link(accounts({ accepts: { update: ['name', 'role'] }, guarded: true }))
})

test('class 22: a manifest from a file is held to the same', async () => {
  const { manifest } = link(accounts({ accepts: { update: ['name', 'role'] }, guarded: true }))
  const copy = JSON.parse(JSON.stringify(manifest))
  copy.policies.user.fields = {}
  const { details } = await problemOf(() => readManifest(copy))
  assert.ok(details.some(({ code }) => code === 'unguarded-field'))
})

for (const store of await testStores()) {
  test(`class 22: ${store.name}: nobody gives themselves a role`, { skip: store.skip }, async () => {
    for (const [accepts, status] of [
      [undefined, 400],
      [{ update: ['name', 'role'] }, 403],
    ] as const) {
      const backend = await start(accounts({ ...(accepts && { accepts }), guarded: true }), {
        database: store.url,
        mode: 'development',
        log: createLogger({ level: 'error', write: () => {} }),
      })
      try {
        const rows = (sql: string) => backend.connection.query({ sql, params: [], shape: [] })
        const [row] = await rows(
          `insert into "user" (id, email, password, name, role, level) values (gen_random_uuid(), 'a@b.c', 'x', 'a', 'member', 0)
           on conflict (email) do update set name = 'a' returning id::text`,
        )
        const me = String(row?.[0])
        const actor: Actor = { id: me, role: 'member' }
        for (const [operation, input] of [
          ['user.update', { id: me, data: { role: 'editor' } }],
          ['user.updateMany', { items: [{ id: me, role: 'editor' }] }],
        ] as const) {
          const refused = await backend.engine.call({ operation, input, actor }).then(
            ({ answer }) => (answer.kind === 'json' ? answer.text : ''),
            (error) => String(isProblem(error) && error.status),
          )
          assert.match(refused, new RegExp(status === 400 ? '400' : '403|forbidden'), `${operation}: ${refused}`)
          assert.deepEqual(await rows('select role from "user"'), [['member']])
        }
      } finally {
        await backend.close()
      }
    }
  })
}
