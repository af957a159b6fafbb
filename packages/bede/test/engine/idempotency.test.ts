import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Problem } from '../../src/telemetry/problem.ts'
import { clubs, problemOf, refused } from './support/running.ts'

for (const { store, run } of await clubs()) {
  const { skip } = store

  test(`class 124: ${store.name}: a repeated key gives the first answer and has no second effect`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('key-ada')
    const write = (title: string, idempotencyKey = 'one') => club.as(ada, 'writeNote', { title }, { idempotencyKey })
    const first = await write('Once')
    const before = await club.fingerprint()
    const second = await write('Once')
    assert.deepEqual([second.status, second.answer, second.replayed], [201, first.answer, true])
    assert.equal(first.replayed, undefined)
    assert.equal(await club.fingerprint(), before)
    const other = await refused(club, () => write('Twice'))
    assert.deepEqual([other.status, other.code], [422, 'idempotency-mismatch'])
    const elsewhere = await refused(club, () => club.as(ada, 'bulkNotes', { titles: ['x'] }, { idempotencyKey: 'one' }))
    assert.equal(elsewhere.code, 'idempotency-mismatch')
  })

  test(`class 124: ${store.name}: fifty at once with one key are one`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('race-ada')
    for (const [operation, input, count] of [
      ['writeNote', { title: 'Raced' }, "select count(*)::text from note where title = 'Raced'"],
      [
        'bulkNotes',
        { titles: ['Raced1', 'Raced2'] },
        "select (count(*) / 2)::text from note where title like 'Raced_'",
      ],
    ] as const) {
      const all = await Promise.all(
        Array.from({ length: 50 }, () => club.as(ada, operation, input, { idempotencyKey: `race ${operation}` })),
      )
      assert.equal(all.filter(({ replayed }) => !replayed).length, 1, operation)
      assert.equal(new Set(all.map(({ answer }) => JSON.stringify(answer))).size, 1, operation)
      assert.deepEqual(await club.rows(count), [['1']])
    }
  })

  test(`${store.name}: an update or delete that is repeated is answered as the first time`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('again-ada')
    await club.rows('insert into ticket (id, seat, "left") values (gen_random_uuid(), \'A1\', 1)')
    const claim = () => club.as(ada, 'claimTicket', { seat: 'A1' }, { idempotencyKey: 'claim' })
    assert.deepEqual([(await claim()).json, (await claim()).json], [{ left: 0 }, { left: 0 }])
    const { json: note } = await club.as(ada, 'writeNote', { title: 'Deleted' })
    const remove = () => club.as(ada, 'note.delete', { id: note.id }, { idempotencyKey: 'remove' })
    assert.deepEqual([(await remove()).status, (await remove()).status], [204, 204])
  })

  test(`${store.name}: a refusal keeps nothing: the key is free for the next try`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('free-ada')
    const { json: note } = await club.as(ada, 'writeNote', { title: 'In the way' })
    const write = () => club.as(ada, 'writeNote', { title: 'In the way' }, { idempotencyKey: 'free' })
    assert.equal((await refused(club, write)).code, 'already-exists')
    await club.as(ada, 'note.delete', { id: note.id })
    const done = await write()
    assert.deepEqual([done.status, done.replayed], [201, undefined])
    const failing = () => club.as(ada, 'lying', {}, { idempotencyKey: 'lie' })
    await refused(club, failing)
    await refused(club, failing)
  })

  test(`${store.name}: a key belongs to its actor`, { skip }, async () => {
    const club = await run()
    const [ada, bob] = [await club.member('own-ada'), await club.member('own-bob')]
    const mine = await club.as(ada, 'writeNote', { title: 'Mine' }, { idempotencyKey: 'shared' })
    const theirs = await club.as(bob, 'writeNote', { title: 'Theirs' }, { idempotencyKey: 'shared' })
    assert.notDeepEqual(mine.answer, theirs.answer)
    assert.equal(theirs.replayed, undefined)
  })

  test(`${store.name}: a key is kept for a day`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('day-ada')
    const claim = (seat: string) => club.as(ada, 'claimTicket', { seat }, { idempotencyKey: 'daily' })
    await club.rows(
      "insert into ticket (id, seat, \"left\") values (gen_random_uuid(), 'B1', 2), (gen_random_uuid(), 'B2', 1)",
    )
    try {
      await claim('B1')
      club.time.now = new Date(Date.now() + 25 * 60 * 60 * 1000)
      const later = await claim('B2')
      assert.deepEqual([later.json, later.replayed], [{ left: 0 }, undefined])
    } finally {
      delete club.time.now
    }
  })

  test(`${store.name}: an answer that holds a secret, or is not JSON alone, is never kept`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('secret-ada')
    const open = await refused(club, () => club.as(ada, 'openSecret', {}, { idempotencyKey: 'open' }))
    assert.deepEqual([open.status, open.code], [400, 'malformed-request'])
    assert.match(open.message, /secret/)
    for (const kind of ['html', 'status', 'stream']) {
      assert.equal(
        (await refused(club, () => club.as(ada, 'replies', { kind }, { idempotencyKey: kind }))).status,
        400,
        kind,
      )
    }
    const nothing = await club.as(ada, 'replies', { kind: 'nothing' }, { idempotencyKey: 'nothing' })
    const again = await club.as(ada, 'replies', { kind: 'nothing' }, { idempotencyKey: 'nothing' })
    assert.deepEqual([nothing.status, again.status, again.replayed], [204, 204, true])
  })

  test(`${store.name}: a key that cannot be read is 400`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('bad-ada')
    for (const idempotencyKey of ['', 'a\nb', 'x'.repeat(256), 'ü']) {
      assert.equal(
        (await refused(club, () => club.as(ada, 'writeNote', { title: 'k' }, { idempotencyKey }))).code,
        'malformed-request',
      )
    }
  })

  test(`class 11: ${store.name}: no secret of an input stands anywhere but hashed with its own salt`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('canary-ada')
    const code = 'canary-7f3a9'
    const lock = (name: string) => club.as(ada, 'newLock', { name, code }, { idempotencyKey: `lock ${name}` })
    const [one] = [await lock('one'), await lock('two')]
    assert.equal((await lock('one')).replayed, true)
    const changed: Problem = await problemOf(() =>
      club.as(ada, 'newLock', { name: 'one', code: 'canary-other' }, { idempotencyKey: 'lock one' }),
    )
    assert.equal(changed.code, 'idempotency-mismatch', 'the secret is part of the request')
    const everything = JSON.stringify([
      one,
      club.lines,
      await club.rows(
        'select t::text from bede.outbox t union all select t::text from bede.idempotency t union all select t::text from lock t',
      ),
    ])
    assert.doesNotMatch(everything, /canary-7f3a9|canary-other/)
    const hashes = await club.rows("select code from lock where name in ('one', 'two')")
    assert.equal(new Set(hashes.map(([hash]) => hash)).size, 2)
    for (const [hash] of hashes) assert.match(hash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })
}
