import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createVersion, type Version } from '../../src/cli/serve/version.ts'
import {
  type ActorOf,
  anyone,
  app,
  bool,
  choice,
  defineSchema,
  email,
  id,
  model,
  or,
  ref,
  resources,
  secret,
  text,
} from '../../src/index.ts'
import type { Connection } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { type TestStore, testStores } from '../support/stores.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ max: 200 }),
  role: choice(['member', 'editor'], { default: 'member' }),
})
const note = model({ id: id<'note'>(), title: text(), open: bool({ default: false }) })
const models = defineSchema({ user, note })
const actor = { id: ref('user'), role: choice(['member', 'editor']) }
const { user: Users, note: Notes } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const userPolicy = Users.policy(({ row, actor }) => ({
  read: anyone,
  update: or(row.id.eq(actor.id), actor.role.eq('editor')),
  fields: { email: { read: row.id.eq(actor.id) }, role: { write: actor.role.eq('editor') } },
}))
const notePolicy = Notes.policy(({ row, actor }) => ({ read: or(row.open, actor.role.eq('editor')), create: anyone }))
const noteView = Notes.view(({ row }) => ({ title: row.title })).cached({ for: '1d' })
const userView = Users.view(({ row }) => ({ id: row.id, role: row.role }))
const identity = Users.identity({ view: userView })
const notes = Notes.expose({ view: noteView, operations: ['list', 'create'] })
const users = Users.expose({ view: userView, operations: ['get', 'update'], accepts: { update: ['role'] } })
const desk = app({
  name: 'desk',
  schema: models,
  use: { all: { userPolicy, notePolicy, noteView, userView, identity, notes, users } },
})

for (const store of await testStores()) {
  describe(`cached views and rights on ${store.name}`, { skip: store.skip }, () => suite(store))
}

function suite(store: TestStore): void {
  const versions: Version[] = []
  const bases: string[] = []
  let connection: Connection | undefined
  const tokens: Record<string, string> = {}
  const ids: Record<string, string> = {}
  const ask = async (base: string, method: string, path: string, as?: string, json?: unknown) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(as === undefined ? {} : { Authorization: `Bearer ${tokens[as]}` }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const said = await answer.text()
    return { status: answer.status, json: said === '' ? {} : JSON.parse(said) }
  }
  const titles = async (base: string, as?: string): Promise<string[]> => {
    const { status, json } = await ask(base, 'GET', '/notes', as)
    assert.equal(status, 200)
    return json.items.map(({ title }: { title: string }) => title).sort()
  }
  const [first, all] = [['open'], ['hidden', 'open']]
  before(async () => {
    // The embedded database has one process.
    for (let n = 0; n < (store.name === 'PGlite' ? 1 : 2); n++) {
      const below = openStore(store.url)
      const open = async () => (connection = await below.open())
      const version = await createVersion(desk, {
        driver: { name: below.name, open, close: () => below.close() },
        address: { host: '127.0.0.1', port: 0 },
        log: silent,
        development: true,
        exposed: true,
      })
      versions.push(version)
      bases.push(`http://127.0.0.1:${(await version.http.listen()).port}`)
    }
    const [base = ''] = bases
    for (const name of ['ann', 'bob', 'eve']) {
      const made = await ask(base, 'POST', '/auth/register', undefined, {
        email: `${name}@example.com`,
        password: 'correct horse battery',
      })
      assert.equal(made.status, 201)
      tokens[name] = made.json.token
      ids[name] = (await ask(base, 'GET', '/auth/me', name)).json.id
    }
    for (const [title, open] of [
      ['open', true],
      ['hidden', false],
    ] as const)
      await ask(base, 'POST', '/notes', undefined, { title, open })
  })
  after(async () => {
    for (const { http, close } of versions) {
      await http.close()
      await close()
    }
  })

  test('class 58: an answer kept for an editor reaches nobody else, and a role that is taken away takes it along', async () => {
    const [base = ''] = bases
    const other = bases.at(-1) ?? ''
    assert.deepEqual(await titles(base, 'bob'), first)
    assert.equal((await ask(base, 'PATCH', `/users/${ids.eve}`, 'eve', { role: 'editor' })).status, 403)
    await promote(ids.eve ?? '')
    for (const each of bases) {
      while ((await titles(each, 'eve')).length < 2) await sleep(20) // a session is remembered for a second
      for (let n = 0; n < 3; n++) {
        assert.deepEqual(await titles(each, 'eve'), all)
        for (const as of ['ann', 'bob', undefined]) assert.deepEqual(await titles(each, as), first, `${as}`)
      }
    }
    // Asked at once by everybody: those who share a statement share an actor.
    const at = ['eve', 'ann', undefined, 'bob']
    const crowd = Array.from({ length: 60 }, (_, n) => at[n % at.length])
    const shown = await Promise.all(crowd.map((as) => titles(base, as)))
    for (const [n, as] of crowd.entries()) assert.deepEqual(shown[n], as === 'eve' ? all : first, `${as}`)

    const demoted = await ask(base, 'PATCH', `/users/${ids.eve}`, 'eve', { role: 'member' })
    assert.equal(demoted.status, 200)
    assert.deepEqual(await titles(base, 'eve'), first, 'at once in the process that took it away')
    while ((await titles(other, 'eve')).length > 1) await sleep(20)
    for (const each of bases)
      for (const as of ['eve', 'bob', undefined]) assert.deepEqual(await titles(each, as), first)
  })

  /** The first editor is made by whoever has the database. */
  async function promote(who: string): Promise<void> {
    await connection?.query({ sql: `update "user" set role = 'editor' where id = '${who}'`, params: [], shape: [] })
  }
}
