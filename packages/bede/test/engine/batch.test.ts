import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clubs, problemOf, refused } from './support/running.ts'

for (const { store, run } of await clubs()) {
  const { skip } = store
  test(`${store.name}: a batch is all or nothing, and says which call was refused`, { skip }, async () => {
    const club = await run()
    const [ada, bob] = [await club.member('batch-ada'), await club.member('batch-bob')]
    const call = (operation: string, input: unknown, actor = ada) => ({ operation, input, actor })
    const done = await club.backend.engine.batch([
      call('writeNote', { title: 'b1' }),
      call('writeNote', { title: 'b2' }),
      call('note.list', { sort: 'title' }),
    ])
    assert.deepEqual(
      done.map(({ status }) => status),
      [201, 201, 200],
    )
    const list = done[2]?.answer
    assert.match(list?.kind === 'json' ? list.text : '', /"b1".*"b2"/, 'a later call sees what an earlier one wrote')

    const taken = await refused(club, () =>
      club.backend.engine.batch([
        call('writeNote', { title: 'b3' }),
        call('importNotes', { titles: ['b4'] }),
        call('writeNote', { title: 'b1' }),
      ]),
    )
    assert.deepEqual([taken.status, taken.details[0]?.place], [409, '/2/title'])
    const hidden = await refused(club, () =>
      club.backend.engine.batch([
        call('writeNote', { title: 'b5' }),
        call('note.get', { id: '01932f5e-8c00-7000-8000-000000000000' }),
      ]),
    )
    assert.deepEqual([hidden.status, hidden.details[0]?.place], [404, '/1'])
    const invalid = await refused(club, () =>
      club.backend.engine.batch([call('writeNote', { title: 'b6' }), call('writeNote', { titel: 'b7' })]),
    )
    assert.deepEqual(
      invalid.details.map(({ place }) => place),
      ['/1/title', '/1/titel'],
    )

    const first = done[0]?.answer
    const { id } = JSON.parse(first?.kind === 'json' ? first.text : '{}')
    const mixed = await refused(club, () =>
      club.backend.engine.batch([
        call('note.update', { id, data: { stars: 1 } }),
        call('note.update', { id, data: { stars: 2 } }, bob),
      ]),
    )
    assert.equal(mixed.status, 404, 'each call is judged on its own')
    assert.deepEqual(await club.backend.engine.batch([]), [])
    const many = Array.from({ length: 101 }, () => call('note.list', {}))
    assert.equal((await problemOf(() => club.backend.engine.batch(many))).code, 'too-many')
  })

  test(`${store.name}: a key in a batch replays that call, and the others go on`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('batchkey-ada')
    const keyed = { operation: 'writeNote', input: { title: 'bk1' }, actor: ada, idempotencyKey: 'bk' }
    await club.backend.engine.batch([keyed])
    const [again, other] = await club.backend.engine.batch([
      keyed,
      { operation: 'writeNote', input: { title: 'bk2' }, actor: ada },
    ])
    assert.deepEqual([again?.replayed, other?.status], [true, 201])
  })

  test(`${store.name}: the time of a call is the time of its batch, and what took longer is undone`, {
    skip,
  }, async () => {
    const club = await run()
    const actor = await club.member('batchtime-ada')
    const slow = (title: string) => ({ operation: 'sleepy', input: { title, milliseconds: 150 }, actor, deadline: 200 })
    const late = await refused(club, () => club.backend.engine.batch([slow('bt1'), slow('bt2')]))
    assert.deepEqual([late.status, late.code], [504, 'deadline-exceeded'])
  })
}
