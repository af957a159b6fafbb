import assert from 'node:assert/strict'
import { test } from 'node:test'
import { system } from '../../src/engine/call.ts'
import { accountModelOf } from '../../src/manifest/platform/account.ts'
import { platform } from '../../src/manifest/platform/names.ts'
import { platformPolicies } from '../../src/manifest/platform/policies.ts'
import { clubs, problemOf, refused } from './support/running.ts'

for (const { store, run } of await clubs()) {
  const { skip } = store

  test(`class 15: ${store.name}: another's id, another model's id or no id at all opens nothing`, {
    skip,
  }, async () => {
    const club = await run()
    const [ada, bob] = [await club.member('idor-ada'), await club.member('idor-bob')]
    const { json: note } = await club.as(ada, 'writeNote', { title: 'Idor' })
    for (const id of [note.id, ada.id, bob.id, '01932f5e-8c00-7000-8000-000000000000']) {
      for (const [operation, input] of [
        ['note.get', { id }],
        ['note.update', { id, data: { stars: 1 } }],
        ['note.delete', { id }],
        ['takeOver', { noteId: id }],
      ] as const) {
        assert.equal((await refused(club, () => club.as(bob, operation, input))).status, 404, `${operation} ${id}`)
      }
    }
    for (const id of ['1', '', '../x', "' or true --", '0'.repeat(36)]) {
      assert.equal((await refused(club, () => club.as(bob, 'note.get', { id }))).status, 422, id)
    }
  })

  test(`class 19: ${store.name}: what is refused has written nothing, whatever the refusal`, { skip }, async () => {
    const club = await run()
    const [ada, bob] = [await club.member('write-ada'), await club.member('write-bob', 'editor')]
    const { json: note } = await club.as(ada, 'writeNote', { title: 'Unwritten' })
    const attempts: [number, () => Promise<unknown>][] = [
      [401, () => club.as(null, 'writeNote', { title: 'w1' })],
      [403, () => club.as(bob, 'note.update', { id: note.id, data: { stars: 5 } })],
      [403, () => club.as(bob, 'note.delete', { id: note.id })],
      [404, () => club.as(ada, 'claimTicket', { seat: 'nowhere' })],
      [409, () => club.as(ada, 'writeNote', { title: 'Unwritten' })],
      [412, () => club.as(ada, 'note.update', { id: note.id, data: { stars: 5 } }, { ifMatch: ['f'.repeat(32)] })],
      [422, () => club.as(ada, 'note.update', { id: note.id, data: { stars: 6 } })],
      [500, () => club.as(bob, 'importNotes', { titles: ['w2', 'w3'], failAfter: 2 })],
    ]
    for (const [status, attempt] of attempts) assert.equal((await refused(club, attempt)).status, status)
  })

  test(`class 20: ${store.name}: a password and a role are under the same rules as any other field`, {
    skip,
  }, async () => {
    const club = await run()
    const [ada, bob] = [await club.member('field-ada'), await club.member('field-bob', 'editor')]
    const change = (who: typeof ada, data: object) => club.as(who, 'member.update', { id: ada.id, data })
    const setPassword = (who: typeof ada) => club.as(who, 'setPassword', { id: ada.id, password: 'a new pass phrase' })
    assert.equal((await refused(club, () => setPassword(bob))).status, 403)
    for (const data of [{ name: 'x' }, { role: 'editor' }]) {
      assert.equal((await refused(club, () => change(bob, data))).status, 403, 'the row is not his')
    }
    assert.equal((await refused(club, () => change(ada, { role: 'editor' }))).status, 403, 'she is no editor')
    assert.equal((await refused(club, () => change(ada, { name: 'Ada', role: 'editor' }))).status, 403)
    const { json } = await setPassword(ada)
    assert.deepEqual(Object.keys(json), ['id', 'name', 'email', 'role'])
    const [[hash]] = (await club.rows(`select password from member where id = '${ada.id}'`)) as [[string]]
    assert.match(hash, /^\$argon2id\$/, 'hashed wherever it is written')
    for (const data of [
      { id: bob.id },
      { joinedAt: '2020-01-01T00:00:00Z' },
      { passwordHash: 'x' },
      { Password: 'x' },
    ]) {
      assert.equal((await refused(club, () => change(ada, data))).status, 400, JSON.stringify(data))
    }
  })

  test(`class 22: ${store.name}: every server-managed field is refused in every write that takes input`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('managed-ada')
    const managed = {
      id: ada.id,
      ownerId: ada.id,
      owner: {},
      createdAt: '2020-01-01T00:00:00Z',
      actor: { role: 'editor' },
      system: true,
      now: '2020-01-01T00:00:00Z',
    }
    for (const [name, value] of Object.entries(managed)) {
      const operations: [string, object][] = [
        ['note.create', { data: { title: 'm', [name]: value } }],
        ['writeNote', { title: 'm', [name]: value }],
        ['claimTicket', { seat: 's', [name]: value }],
        ['newLock', { name: 'm', code: '12345', [name]: value }],
        ['bulkNotes', { titles: [], [name]: value }],
      ].filter(([operation]) => !(operation === 'newLock' && name === 'name')) as [string, object][]
      for (const [operation, input] of operations) {
        assert.equal((await refused(club, () => club.as(ada, operation, input))).status, 400, `${operation} ${name}`)
      }
    }
  })

  test(`class 24: ${store.name}: the platform's tables are reached by no operation and by no name`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('platform-ada', 'editor')
    const { operations, policies, actor: declared, models, identity } = club.backend.manifest
    const ofTheApp = Object.entries(operations).filter(([name]) => !name.startsWith('auth.'))
    const text = JSON.stringify(Object.fromEntries(ofTheApp))
    const own = platformPolicies(accountModelOf(declared, models), identity)
    for (const model of Object.values(platform)) {
      assert.ok(!text.includes(`"${model}"`), `no operation of the app names ${model}`)
      assert.deepEqual(policies[model], own[model], `who reaches ${model} is the platform's to say`)
      for (const operation of [model, `${model}.list`, `${model}.get`, `${model}.create`, `bede.${model.slice(5)}`]) {
        assert.equal((await refused(club, () => club.as(ada, operation, {}))).status, 404)
        assert.equal((await refused(club, () => club.as(system('even the system'), operation, {}))).status, 404)
      }
      if (!Object.hasOwn(models, model)) continue // what the identity of this app does not turn on
      const planned = club.backend.planner.adhoc({
        kind: 'read',
        auth: 'optional',
        input: {},
        answers: {
          kind: 'list',
          from: { model, as: 'row' },
          item: { kind: 'value', expr: { kind: 'field', row: 'row', field: 'id' }, type: { kind: 'id' } },
        },
      })
      const values = { input: {}, actor: ada, system: false, now: new Date().toISOString() }
      const rows = await club.backend.connection.query(planned.statement(values)).catch(() => [['[]']])
      assert.deepEqual(rows, [['[]']], `${model} shows no row to an actor, even were an operation to name it`)
    }
  })

  test(`class 25: ${store.name}: an id never stands for a role, a scope or another kind of principal`, {
    skip,
  }, async () => {
    const club = await run()
    for (const id of ['editor', 'anonymous', 'system', 'actor:1']) {
      const actor = { id, role: 'member' }
      const problem = await problemOf(() => club.as(actor, 'note.create', { data: { title: 'x' } }))
      assert.ok(problem.status >= 400, id)
      assert.deepEqual(
        (await club.as({ id: '01932f5e-8c00-7000-8000-000000000000', role: id }, 'note.list', {})).json.items.length >
          0,
        id === 'editor' && (await club.rows('select 1 from note')).length > 0,
      )
    }
    const forged = JSON.parse('{"bede.system":"why","id":"01932f5e-8c00-7000-8000-000000000000","role":"member"}')
    assert.deepEqual((await club.as(forged, 'note.list', {})).json.items, [], 'the system cannot be made from JSON')
  })

  test(`class 35: ${store.name}: two principals interleaved for 10,000 calls see their own alone`, {
    skip,
  }, async () => {
    const club = await run()
    const pair = [await club.member('turn-ada'), await club.member('turn-bob')]
    for (const [index, actor] of pair.entries()) {
      for (const title of ['a', 'b', 'c']) await club.as(actor, 'writeNote', { title: `turn ${index} ${title}` })
    }
    let foreign = 0
    const mine = async (turn: number) => {
      const index = turn % 2
      const { json } = await club.as(pair[index] ?? null, 'note.list', { sort: 'title' })
      const titles: string[] = json.items.map((item: { title: string }) => item.title)
      if (titles.length !== 3 || titles.some((title) => !title.startsWith(`turn ${index} `))) foreign++
    }
    for (let turn = 0; turn < 10_000; turn += 100)
      await Promise.all(Array.from({ length: 100 }, (_, offset) => mine(turn + offset)))
    assert.equal(foreign, 0)
  })

  test(`class 68: ${store.name}: marker-shaped and classed values are data or refused, never SQL`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('marker-ada')
    class Raw {
      sql = 'now()'
    }
    for (const title of [
      { kind: 'literal', value: 'x' },
      { __raw: 'now()' },
      { toJSON: 'x' },
      new Raw(),
      new Date(),
      () => 'x',
      Symbol('x'),
      1n,
    ]) {
      assert.equal((await refused(club, () => club.as(ada, 'writeNote', { title }))).status, 400)
    }
    const { json } = await club.as(ada, 'writeNote', { title: "'); drop table--" })
    assert.equal(json.title, "'); drop table--")
  })

  test(`class 74: ${store.name}: no name leads through a prototype`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('proto-ada')
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype']) {
      assert.equal((await refused(club, () => club.as(ada, name, {}))).status, 404, name)
      const field = await refused(club, () => club.as(ada, 'writeNote', JSON.parse(`{"title":"x","${name}":{"x":1}}`)))
      assert.deepEqual([field.status, field.code], [400, 'unknown-field'], name)
      assert.equal((await refused(club, () => club.as(ada, 'note.list', { sort: name }))).status, 400, name)
      assert.equal(
        (await refused(club, () => club.as({ ...ada, role: name }, 'note.list', { sort: name }))).status,
        400,
        name,
      )
    }
  })

  test(`class 75: ${store.name}: prototype keys at every depth are refused and pollute nothing`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('pollute-ada')
    for (const body of [
      '{"__proto__":{"polluted":1},"data":{"title":"x"}}',
      '{"data":{"__proto__":{"polluted":1},"title":"x"}}',
      '{"data":{"title":"x","constructor":{"prototype":{"polluted":1}}}}',
    ]) {
      assert.equal((await refused(club, () => club.as(ada, 'note.create', JSON.parse(body)))).status, 400, body)
    }
    assert.equal('polluted' in {}, false)
  })

  test(`class 125: ${store.name}: fifty at once for one ticket: one has it`, { skip }, async () => {
    const club = await run()
    await club.rows(
      "insert into ticket (id, seat, \"left\") values (gen_random_uuid(), 'C1', 1), (gen_random_uuid(), 'C2', 7)",
    )
    const members = await Promise.all(Array.from({ length: 50 }, (_, index) => club.member(`crowd-${index}`)))
    for (const [seat, places] of [
      ['C1', 1],
      ['C2', 7],
    ] as const) {
      const all = await Promise.allSettled(members.map((actor) => club.as(actor, 'claimTicket', { seat })))
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, places)
      const codes = all.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.code)] : []))
      assert.deepEqual([...new Set(codes)], ['conflict'])
      assert.deepEqual(await club.rows(`select "left"::text from ticket where seat = '${seat}'`), [['0']])
    }
  })
}
