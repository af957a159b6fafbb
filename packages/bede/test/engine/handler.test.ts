import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { late } from './support/club.ts'
import { clubs, problemOf, refused } from './support/running.ts'

for (const { store, run } of await clubs()) {
  const { skip } = store
  test(`${store.name}: a handler's writes and events are there together`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('h-ada')
    const outcome = await club.as(ada, 'importNotes', { titles: ['h1', 'h2'] })
    assert.deepEqual([outcome.status, outcome.json], [200, { count: 2 }])
    const [events] = await club.rows(
      "select count(*)::text from bede.outbox where event = 'note.written' and payload ->> 'title' in ('h1', 'h2')",
    )
    assert.deepEqual(events, ['2'])
  })

  test(`${store.name}: what a handler throws undoes everything, and is not told`, { skip }, async () => {
    const club = await run()
    const bob = await club.member('h-bob', 'editor')
    const problem = await refused(club, () => club.as(bob, 'importNotes', { titles: ['u1', 'u2', 'u3'], failAfter: 2 }))
    assert.deepEqual([problem.status, problem.code], [500, 'internal'])
    assert.doesNotMatch(JSON.stringify([problem.message, problem.hint, problem.details]), /seal/)
    assert.ok(
      club.lines.some((line) => line.includes('the seventh seal')),
      'the log has it',
    )
    const refusal = await refused(club, () => club.as(null, 'refusing'))
    assert.deepEqual([refusal.status, refusal.message, refusal.hint], [409, 'not today', 'come back tomorrow'])
  })

  test(`${store.name}: allow is asked before the handler runs`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('allow-ada')
    const problem = await refused(club, () => club.as(ada, 'importNotes', { titles: ['no'], failAfter: 1 }))
    assert.equal(problem.status, 403)
  })

  test(`${store.name}: an answer that is not what the handler declares is a 500, and undone`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('lie-ada')
    const problem = await refused(club, () => club.as(ada, 'lying'))
    assert.equal(problem.code, 'internal')
    assert.ok(
      club.lines.some((line) => line.includes('/count')),
      'the log says where',
    )
  })

  test(`${store.name}: db runs queries, declared actions and writes with the caller's rights, in one transaction`, {
    skip,
  }, async () => {
    const club = await run()
    const [ada, bob] = [await club.member('db-ada'), await club.member('db-bob')]
    const { json } = await club.as(ada, 'nested', { title: 'Nested' })
    assert.deepEqual([json.made.stars, json.changed.stars, json.count, json.gone], [0, 5, 1, null])
    const long = await refused(club, () => club.as(ada, 'nested', { title: 'x'.repeat(21) }))
    assert.deepEqual([long.code, long.details], ['internal', []])
    const { json: note } = await club.as(ada, 'writeNote', { title: 'Only mine' })
    const { json: read } = await club.as(bob, 'readAnything', { noteId: note.id })
    assert.deepEqual([read.mine, read.any.title], [null, 'Only mine'])
    assert.ok(
      club.lines.some((line) => line.includes('test: read any note')),
      'privilege is logged',
    )
    const taken = await refused(club, () => club.as(bob, 'takeOver', { noteId: note.id }))
    assert.equal(taken.status, 404)
  })

  test(`${store.name}: createMany makes all rows or none, and a handler can go on after its refusal`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('many-ada')
    assert.deepEqual((await club.as(ada, 'bulkNotes', { titles: ['m1', 'm2', 'm3'] })).json, { made: 3 })
    const problem = await refused(club, () => club.as(ada, 'bulkNotes', { titles: ['m4', 'm1'] }))
    assert.equal(problem.status, 409)
    const { json } = await club.as(ada, 'tolerantNotes', { titles: ['m5', 'm1'] })
    assert.deepEqual(json, { refused: 'already-exists' })
    const rows = await club.rows("select title from note where title in ('m4', 'm5', 'after 2')")
    assert.deepEqual(rows, [['after 2']])
  })

  test(`${store.name}: a handler that goes on after its deadline has no transaction left`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('late-ada')
    const problem = await refused(club, () =>
      club.as(ada, 'sleepy', { title: 'Sleepy', milliseconds: 150 }, { deadline: 60 }),
    )
    assert.equal(problem.code, 'deadline-exceeded')
    while (late.error === undefined) await sleep(20)
    assert.equal(late.aborted, true)
    assert.deepEqual(await club.rows("select title from note where title like 'Sleepy%'"), [])
    late.error = undefined
  })

  test(`${store.name}: html is escaped, files and streams are sent as they are, nothing is 204`, { skip }, async () => {
    const club = await run()
    const ada = await club.member('reply-ada')
    const reply = async (kind: string) => club.as(ada, 'replies', { kind })
    const page = await reply('html')
    assert.deepEqual(page.answer, {
      kind: 'raw',
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<p>&lt;script&gt;</p>',
    })
    const sent = await reply('file')
    assert.ok(sent.answer.kind === 'raw' && sent.answer.body instanceof Readable)
    assert.equal(
      sent.answer.headers['content-disposition'],
      `attachment; filename="na_ve _x_.txt"; filename*=UTF-8''na%C3%AFve%20%22x%22.txt`,
    )
    assert.match(await textOf(sent.answer.body), /naïve/)
    const flow = await reply('stream')
    assert.ok(flow.answer.kind === 'raw' && flow.answer.body instanceof Readable)
    assert.equal(await textOf(flow.answer.body), 'ab')
    const bytes = await reply('bytes')
    assert.ok(bytes.answer.kind === 'raw')
    assert.deepEqual(bytes.answer.body, new Uint8Array([1, 2, 3]))
    // The server frames a message, and refuses who else does.
    for (const { headers } of [sent.answer, bytes.answer]) assert.equal(headers['content-length'], undefined)
    assert.equal(sent.answer.length, statSync(new URL('./support/club.ts', import.meta.url)).size)
    assert.deepEqual((await reply('status')).answer, {
      kind: 'json',
      text: '{"queued":true}',
      headers: { 'x-kind': 'status' },
    })
    const nothing = await reply('nothing')
    assert.deepEqual([nothing.status, nothing.answer], [204, { kind: 'none' }])
    assert.equal((await problemOf(() => reply('missing'))).code, 'internal')
  })

  test(`${store.name}: a burst of handlers that do not touch the database holds none of its sessions`, {
    skip,
  }, async () => {
    const club = await run()
    const ada = await club.member('burst-ada')
    const burst = Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        problemOf(() =>
          club.as(null, 'login', { body: { user: { email: `x${n}@example.com`, password: 'nothing' } } }),
        ),
      ),
    )
    const read = await club.as(ada, 'note.list', {})
    assert.equal(read.status, 200)
    for (const problem of await burst) assert.equal(problem.code, 'wrong-credentials')
  })
}
