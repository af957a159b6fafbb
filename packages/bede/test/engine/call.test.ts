import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { clubs, problemOf, refused } from './support/running.ts'

for (const { store, run } of await clubs()) {
  const { skip } = store
  test(`${store.name}: a call gives the database's text, its status and the time of every stage`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('call-ada')
    const made = await club.as(ada, 'writeNote', { title: 'First' })
    assert.equal(made.status, 201)
    assert.deepEqual(Object.keys(made.json), ['id', 'title', 'body', 'stars'])
    assert.deepEqual(
      made.timings.map(([stage]) => stage),
      ['validate', 'authorize', 'run', 'shape'],
    )
    const read = await club.as(ada, 'note.get', { id: made.json.id })
    assert.equal(read.status, 200)
    assert.deepEqual(read.json, made.json)
  })

  test(`${store.name}: whoever is not signed in hears 401 before anything else is looked at`, { skip }, async () => {
    const club = await run()
    const problem = await refused(club, () => club.as(null, 'writeNote', { nonsense: 1 }))
    assert.deepEqual([problem.status, problem.code], [401, 'unauthenticated'])
  })

  test(`${store.name}: all mistakes of an input are listed, its shape as 400, its values as 422`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('mistakes-ada')
    const shape = await refused(club, () => club.as(ada, 'writeNote', { titel: 'x', price: 3 }))
    assert.equal(shape.status, 400)
    assert.deepEqual(shape.details.map(({ place, code, hint }) => [place, code, hint]).sort(), [
      ['/price', 'invalid-input', 'Like "12.50".'],
      ['/titel', 'unknown-field', "Perhaps you meant 'title'."],
      ['/title', 'invalid-input', undefined],
    ])
    const value = await refused(club, () => club.as(ada, 'writeNote', { title: 'x'.repeat(21), price: '1000.01' }))
    assert.deepEqual([value.status, value.code], [422, 'invalid-value'])
    assert.deepEqual(
      value.details.map(({ place }) => place),
      ['/title'],
    )
    const bound = await refused(club, () => club.as(ada, 'writeNote', { title: 'ok', price: '1000.01' }))
    assert.deepEqual(
      bound.details.map(({ place, message }) => [place, message]),
      [['/price', 'It must not be above 1000.00']],
    )
    const only = await refused(club, () => club.as(ada, 'writeNote', { title: 'ok', x: 1 }))
    assert.equal(only.code, 'unknown-field')
  })

  test(`${store.name}: text that no database can hold is refused where it stands`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('text-ada')
    for (const title of ['a\0b', '\ud800x']) {
      const problem = await refused(club, () => club.as(ada, 'writeNote', { title }))
      assert.deepEqual([problem.status, problem.code, problem.details[0]?.place], [400, 'invalid-text', '/title'])
    }
  })

  test(`${store.name}: a taken value is 409 and names the input it came from; nothing of the database shows`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('taken-ada')
    await club.as(ada, 'writeNote', { title: 'Taken' })
    const problem = await refused(club, () => club.as(ada, 'writeNote', { title: 'Taken' }))
    assert.deepEqual([problem.status, problem.code, problem.details[0]?.place], [409, 'already-exists', '/title'])
    const said = JSON.stringify([problem.message, problem.hint, problem.details])
    assert.doesNotMatch(said, /duplicate key|constraint|_key|_idx|insert|relation|SQL/i)
  })

  test(`${store.name}: a reference to what is not there is 422, to delete what is referred to is 409`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('ref-ada')
    const nowhere = '01932f5e-8c00-7000-8000-000000000000'
    const missing = await refused(club, () =>
      club.as(ada, 'newLock', { name: 'ghost', code: '12345', noteId: nowhere }),
    )
    assert.deepEqual([missing.status, missing.code], [422, 'missing-reference'])
    const { json: note } = await club.as(ada, 'writeNote', { title: 'Locked' })
    await club.as(ada, 'newLock', { name: 'ref-lock', code: '12345', noteId: note.id })
    const held = await refused(club, () => club.as(ada, 'note.delete', { id: note.id }))
    assert.deepEqual([held.status, held.code], [409, 'still-referenced'])
  })

  test(`${store.name}: a stale entity tag is 412, the current one goes through`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('etag-ada')
    const { json: note } = await club.as(ada, 'writeNote', { title: 'Tagged' })
    const { answer } = await club.as(ada, 'note.get', { id: note.id })
    const tag = createHash('md5')
      .update(answer.kind === 'json' ? answer.text : '')
      .digest('hex')
    const input = { id: note.id, data: { stars: 2 } }
    const stale = await refused(club, () => club.as(ada, 'note.update', input, { ifMatch: ['0'.repeat(32)] }))
    assert.equal(stale.status, 412)
    const done = await club.as(ada, 'note.update', input, { ifMatch: ['0'.repeat(32), tag] })
    assert.equal(done.json.stars, 2)
    const again = await refused(club, () => club.as(ada, 'note.delete', { id: note.id }, { ifMatch: [tag] }))
    assert.equal(again.status, 412)
  })

  test(`${store.name}: in development a conflict names the precondition that does not hold`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('seat-ada')
    await club.rows('insert into ticket (id, seat, "left") values (gen_random_uuid(), \'last\', 0)')
    const gone = await refused(club, () => club.as(ada, 'claimTicket', { seat: 'last' }))
    assert.deepEqual([gone.status, gone.code], [409, 'conflict'])
    assert.deepEqual(gone.details, [
      {
        place: 'ticket.where',
        code: 'conflict',
        message: 'precondition on ticket: clause `row.left > 0` is false',
        hint: 'Said in development only.',
      },
    ])
  })

  test(`${store.name}: who asks for no body gets none`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('minimal-ada')
    const made = await club.as(ada, 'writeNote', { title: 'Minimal' }, { minimal: true })
    assert.deepEqual([made.status, made.answer], [201, { kind: 'none' }])
  })

  test(`${store.name}: a page's cursor leads through the list once, and belongs to that list alone`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('page-ada')
    for (const title of ['p1', 'p2', 'p3']) await club.as(ada, 'writeNote', { title })
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await club.as(ada, 'note.list', {
        sort: 'title',
        limit: 2,
        ...(cursor ? { cursor } : {}),
        count: true,
      })
      assert.equal(page.json.total, 3)
      assert.equal(page.json.next, page.next)
      for (const item of page.json.items) seen.push(item.title)
      cursor = page.next ?? undefined
    } while (cursor)
    assert.deepEqual(seen, ['p1', 'p2', 'p3'])

    const first = await club.as(ada, 'note.list', { sort: 'title', limit: 1 })
    const good = first.next ?? ''
    const other = (letter: string) => (letter === 'A' ? 'B' : 'A')
    const flipped = [0, Math.floor(good.length / 2)].map(
      (at) => good.slice(0, at) + other(good[at] ?? '') + good.slice(at + 1),
    )
    const open = Buffer.from('["p2","x"]').toString('base64url')
    const wrong = [...flipped, open, good.slice(4), good.slice(0, -4), `${good}.x`, '', 'x', `${good}A`, `${good}=`]
    for (const tampered of wrong) {
      const problem = await problemOf(() => club.as(ada, 'note.list', { sort: 'title', limit: 1, cursor: tampered }))
      assert.deepEqual([problem.status, problem.code], [400, 'invalid-cursor'], tampered)
    }
    for (const other of [{ sort: '-title' }, { sort: 'title', filter: undefined, title: 'p1' }]) {
      const problem = await problemOf(() => club.as(ada, 'note.list', { ...other, cursor: good }))
      assert.equal(problem.status, 400, JSON.stringify(other))
    }
  })

  test(`${store.name}: a list is sorted by declared paths and within its limit`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('sort-ada')
    const sorted = await problemOf(() => club.as(ada, 'note.list', { sort: 'ownerId' }))
    assert.deepEqual([sorted.status, sorted.details[0]?.place], [400, '/sort'])
    const many = await problemOf(() => club.as(ada, 'note.list', { limit: 100_000 }))
    assert.equal(many.status, 422)
  })

  test(`${store.name}: in development a refusal says which clause said no`, { skip }, async () => {
    const club = await run()
    const [ada, bob] = [await club.member('why-ada'), await club.member('why-bob', 'editor')]
    const { json: note } = await club.as(ada, 'writeNote', { title: 'Why' })
    const problem = await refused(club, () => club.as(bob, 'note.update', { id: note.id, data: { stars: 1 } }))
    assert.deepEqual([problem.status, problem.code], [403, 'forbidden'])
    assert.match(JSON.stringify(problem.details), /note\.policy\.update/)
  })

  test(`${store.name}: a caller who has gone is 499, a call out of time is 504, and neither has written`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('gone-ada')
    const gone = AbortSignal.abort()
    const canceled = await refused(club, () => club.as(ada, 'writeNote', { title: 'Gone' }, { signal: gone }))
    assert.deepEqual([canceled.status, canceled.code], [499, 'canceled'])
    const slow = await refused(club, () =>
      club.as(ada, 'sleepy', { title: 'Slow', milliseconds: 300 }, { deadline: 100 }),
    )
    assert.deepEqual([slow.status, slow.code], [504, 'deadline-exceeded'])
    const leaving = new AbortController()
    setTimeout(() => leaving.abort(), 50)
    const left = await refused(club, () =>
      club.as(ada, 'sleepy', { title: 'Left', milliseconds: 200 }, { signal: leaving.signal }),
    )
    assert.equal(left.code, 'canceled')
  })
}
