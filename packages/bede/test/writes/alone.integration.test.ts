import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { guestbook } from './support/guestbook.ts'
import { actorOf, idOf, type Running, refused, running } from './support/running.ts'

const ann = actorOf(1)

const sqlOf = ({ backend }: Running, operation: string, input: object): string =>
  createPlanner(backend.manifest, postgres).statement(operation, {
    input: input as never,
    actor: ann as never,
    system: false,
    now: new Date().toISOString(),
  }).sql

for (const { store, run } of await running(guestbook(), ['entry', 'book', 'person'])) {
  const options = { skip: store.skip }
  const on = async (): Promise<Running> => {
    const running = await run()
    await running.rows('delete from entry')
    await running.rows(
      `insert into person (id, name) values ('${idOf(1)}', 'ann'), ('${idOf(2)}', 'bob') on conflict do nothing`,
    )
    await running.rows(
      `insert into book (id, title, open) values ('${idOf(3)}', 'Guests', true), ('${idOf(4)}', 'Closed', false) on conflict do nothing`,
    )
    return running
  }

  test(`${store.name}: a row that comes alone is one insert, and is answered with what it names`, options, async () => {
    const running = await on()
    const data = { said: 'It was "good"\n', bookId: idOf(3) }
    assert.match(sqlOf(running, 'entry.create', { data }), /^insert into "entry"/)
    const { json, status } = await running.as(ann, 'entry.create', { data })
    assert.equal(status, 201)
    const { id, ...rest } = json
    assert.deepEqual(rest, { said: 'It was "good"\n', author: { id: idOf(1), name: 'ann' }, book: 'Guests' })
    assert.deepEqual((await running.as(ann, 'entry.get', { id })).json, json)
  })

  test(`${store.name}: what speaks against it is asked before it is there, and said`, options, async () => {
    const running = await on()
    const asked = (data: object) => refused(running, () => running.as(ann, 'entry.create', { data }))
    assert.equal((await asked({ said: 'spam', bookId: idOf(3) })).code, 'forbidden')
    const closed = await asked({ said: 'x', bookId: idOf(4) })
    assert.equal(closed.code, 'missing-reference')
    assert.equal(closed.details?.[0]?.place, '/bookId')
    assert.equal((await asked({ said: 'x', bookId: idOf(9) })).code, 'missing-reference')
    assert.equal(
      (await refused(running, () => running.as(null, 'entry.create', { data: { said: 'x', bookId: idOf(3) } }))).code,
      'unauthenticated',
    )
  })

  test(`${store.name}: a row that its writer may not read is written and not shown`, options, async () => {
    const running = await on()
    const { answer, status } = await running.as(ann, 'entry.create', {
      data: { said: 'x', hidden: true, bookId: idOf(3) },
    })
    assert.deepEqual([status, answer.kind], [201, 'none'])
    assert.deepEqual(await running.rows('select said, hidden::text from entry'), [['x', 'true']])
  })

  test(`${store.name}: an answer that looks at the other rows too sees the new one among them`, options, async () => {
    const running = await on()
    const input = { said: 'x', bookId: idOf(3) }
    assert.match(sqlOf(running, 'add', input), /^with /)
    assert.equal((await running.as(ann, 'add', input)).json.inAll, 1)
    assert.equal((await running.as(ann, 'add', input)).json.inAll, 2)
  })
}
