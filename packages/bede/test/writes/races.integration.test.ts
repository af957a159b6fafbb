import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import type { Outcome } from '../../src/engine/call.ts'
import { actorOf, ended, idOf, problemOf, refused, running, times } from './support/running.ts'
import { inside, meeting, shop } from './support/shop.ts'

const ann = actorOf(1)

for (const { store, run } of await running(shop(), ['product', 'account', 'doctor'])) {
  const options = { skip: store.skip }
  const on = async () => {
    const running = await run()
    await running.rows(`insert into person (id, name) values ('${idOf(1)}', 'ann') on conflict do nothing`)
    await running.rows('delete from product')
    await running.rows('delete from account')
    await running.rows('delete from doctor')
    return running
  }
  const product = async (running: Awaited<ReturnType<typeof on>>, stock: number, title = 'x') => {
    const made = await running.as(ann, 'product.create', { data: { sku: `sku-${Math.random()}`, title, stock } })
    return made.json.id as string
  }

  test(`${store.name}: fifty who count at once are all counted`, options, async () => {
    const running = await on()
    const id = await product(running, 0)
    assert.deepEqual(await ended(times(50, () => running.as(ann, 'view', { id }))), { ok: 50 })
    assert.deepEqual(await running.rows('select views::text from product'), [['50']])
    assert.deepEqual(await ended(times(20, (by) => running.as(ann, 'countViews', { id, by }))), { ok: 20 })
    assert.deepEqual(await running.rows('select views::text, price::text from product'), [['240', '2.00']])
  })

  test(
    `class 125: fifty who buy a stock of ten at once empty it, and the others are refused, on ${store.name}`,
    options,
    async () => {
      const running = await on()
      const id = await product(running, 10)
      assert.deepEqual(await ended(times(50, () => running.as(ann, 'buy', { id, count: 1 }))), {
        ok: 10,
        'invalid-value': 40,
      })
      assert.deepEqual(await running.rows('select stock::text from product'), [['0']])
      const again = await product(running, 10)
      assert.deepEqual(await ended(times(50, () => running.as(ann, 'takeLast', { id: again }))), {
        ok: 10,
        conflict: 40,
      })
      const third = await product(running, 10)
      const handled = await ended(times(30, () => running.as(ann, 'takeStock', { id: third, by: 1 })))
      assert.deepEqual(handled, { ok: 10, 'invalid-value': 20 })
      assert.deepEqual(await running.rows('select distinct stock::text from product'), [['0']])
    },
  )

  test(`class 125: of fifty who change the version they read, one does, on ${store.name}`, options, async () => {
    const running = await on()
    const id = await product(running, 1)
    const { createHash } = await import('node:crypto')
    const read = await running.as(ann, 'product.get', { id })
    assert.ok(read.answer.kind === 'json')
    const tag = createHash('md5').update(read.answer.text).digest('hex')
    const change = (n: number) =>
      running.as(ann, 'product.update', { id, data: { title: `by ${n}` } }, { ifMatch: [tag] })
    assert.deepEqual(await ended(times(50, change)), { ok: 1, 'precondition-failed': 49 })
    // A patch says what it changes: what it does not name is not written back as it was read.
    const stale = await problemOf(() =>
      running.as(ann, 'product.update', { id, data: { stock: 5 } }, { ifMatch: [tag] }),
    )
    assert.equal(stale.code, 'precondition-failed')
    const unsaid = await refused(running, () => running.as(ann, 'product.update', { id, data: { stock: 5 } }))
    assert.equal(unsaid.code, 'precondition-required')
    assert.equal(unsaid.status, 428)
    assert.equal(
      (await refused(running, () => running.as(ann, 'product.delete', { id }))).code,
      'precondition-required',
    )
    const batch = () => running.backend.engine.batch([{ operation: 'product.delete', input: { id }, actor: ann }])
    assert.equal((await refused(running, batch)).code, 'precondition-required')
  })

  test(
    `${store.name}: what reads other rows before it writes is safe under its lock, and only there`,
    options,
    async () => {
      const running = await on()
      const fill = (operation: string, n: number) =>
        running.as(ann, operation, { sku: `${operation}-${n}`, title: 'shelf' })
      assert.deepEqual(await ended(times(20, (n) => fill(n % 2 ? 'fill' : 'fillFromHandler', n))), { ok: 20 })
      const places = await running.rows('select stock::text from product order by product.stock')
      assert.deepEqual(
        places.map(([place]) => Number(place)),
        times(20, (n) => n),
      )
    },
  )

  test(`${store.name}: two locks are taken in one order whoever asks, and money is not lost`, options, async () => {
    const running = await on()
    for (const n of [1, 2, 3])
      await running.rows(`insert into account (id, name, balance) values ('${idOf(n)}', '${n}', 100)`)
    const move = (n: number) => {
      const [from, to] = n % 2 ? [1, 2] : [2, 1]
      return running.as(ann, 'transfer', { from: idOf(from!), to: idOf(to!), amount: 1 + (n % 2) })
    }
    inside.most = 0
    const elsewhere = running.as(ann, 'transfer', { from: idOf(3), to: idOf(3), amount: 1 })
    assert.deepEqual(await ended([...times(30, move), elsewhere]), { ok: 31 })
    const balances = await running.rows(`select balance::text from account where name <> '3' order by name`)
    assert.deepEqual(balances, [['85'], ['115']])
  })

  test(`${store.name}: who does not wait is told to come again, and a failure frees the lock`, options, async () => {
    const running = await on()
    inside.most = 0
    const outcomes = await ended(times(10, () => running.as(ann, 'nightly')))
    assert.deepEqual(outcomes, { ok: 1, locked: 9 })
    assert.deepEqual(await ended(times(6, () => running.as(ann, 'nightlyToo'))), { ok: 6 })
    assert.equal(inside.most, 1)
    assert.deepEqual(await ended(times(10, () => running.as(ann, 'nightlyRoute'))), { ok: 1, locked: 9 })
    inside.most = 0
    const id = await product(running, 1)
    assert.deepEqual(await ended(times(6, () => running.as(ann, 'stockRoute', { params: { id } }))), { ok: 6 })
    assert.equal(inside.most, 1)
    const held = running.as(ann, 'nightlyToo')
    const problem = await problemOf(() => running.as(ann, 'nightly'))
    assert.deepEqual([problem.code, problem.status, problem.retryAfter], ['locked', 423, 1])
    await held
    assert.equal((await problemOf(() => running.as(ann, 'failing'))).code, 'internal')
    await running.as(ann, 'nightly')
  })

  test(`${store.name}: who waits too long is let go, and whoever comes next goes on`, options, async () => {
    const running = await on()
    inside.sleep = 120
    const held = running.as(ann, 'nightlyToo')
    const late = await problemOf(() => running.as(ann, 'nightlyToo', {}, { deadline: 30 }))
    inside.sleep = 3
    assert.equal(late.code, 'deadline-exceeded')
    await held
    await running.as(ann, 'nightlyToo')
  })

  test(
    `${store.name}: of two doctors who go off call at once one stays, when it is serializable`,
    options,
    async () => {
      const running = await on()
      const ward = async (name: string) => {
        for (const n of [1, 2])
          await running.rows(
            `insert into doctor (id, ward, on_call) values ('${idOf(n + (name === 'a' ? 0 : 10))}', '${name}', true)`,
          )
      }
      /** Both have read before one of them writes; the embedded database has one session, where calls never overlap. */
      const left = async (operation: string, inputs: readonly object[]) => {
        meeting.expected = store.name === 'PostgreSQL' ? inputs.length : 0
        const answers = await Promise.all(inputs.map((input) => running.as(ann, operation, input)))
        return answers.filter(({ json }) => json.left).length
      }
      await ward('a')
      assert.equal(await left('leaveCall', [{ id: idOf(1) }, { id: idOf(2) }]), 1)
      await running.rows('update doctor set on_call = true')
      const params = [1, 2].map((n) => ({ params: { id: idOf(n) } }))
      assert.equal(await left('leaveRoute', params), 1)
      await ward('b')
      const careless = await left('leaveCarelessly', [{ id: idOf(11) }, { id: idOf(12) }])
      assert.equal(careless, store.name === 'PostgreSQL' ? 2 : 1, 'without it both read that there are two')
    },
  )

  test(`${store.name}: a handler goes on from a refusal that it attempted`, options, async () => {
    const running = await on()
    const names = async () => (await running.rows('select name from account order by account.name')).flat()
    assert.equal((await running.as(ann, 'openAll', { name: 'a' })).json.taken, false)
    assert.deepEqual(await names(), ['a', 'a first', 'a last', 'a undone'])
    await running.rows('delete from account')
    await running.rows(`insert into account (id, name) values ('${idOf(1)}', 'a')`)
    assert.equal((await running.as(ann, 'openAll', { name: 'a' })).json.taken, true)
    assert.deepEqual(await names(), ['a', 'a first', 'a last'])
    await running.rows(`delete from account where name <> 'a'`)
    await refused(running, () => running.as(ann, 'openAll', { name: 'a', careless: true }))
  })

  test(`${store.name}: If-None-Match: * writes a new row or none, and says where it is`, options, async () => {
    const running = await on()
    const put = (title: string, more = {}) => running.as(ann, 'product.upsert', { data: { sku: 'a', title } }, more)
    const made = await put('one', { onlyNew: true })
    assert.deepEqual([made.status, made.created], [201, made.json.id])
    const version = ({ answer }: Outcome) => ({ ifMatch: [hash('md5', answer.kind === 'json' ? answer.text : '')] })
    const changed = await put('two', version(made))
    assert.deepEqual([changed.status, changed.created, changed.json.id], [200, undefined, made.json.id])
    const problem = await refused(running, () => put('three', { onlyNew: true }))
    assert.equal(problem.code, 'precondition-failed')
    const twice = await refused(running, () =>
      running.as(ann, 'product.create', { data: { sku: 'a', title: 'x' } }, { onlyNew: true }),
    )
    assert.equal(twice.code, 'precondition-failed')
    const keyed = await put('four', { ...version(changed), idempotencyKey: 'k1' })
    const replayed = await put('four', { ...version(changed), idempotencyKey: 'k1' })
    assert.deepEqual([keyed.status, replayed.status, replayed.replayed], [200, 200, true])
    const fresh = () =>
      running.as(ann, 'product.upsert', { data: { sku: 'b', title: 'x' } }, { onlyNew: true, idempotencyKey: 'k2' })
    assert.deepEqual([(await fresh()).status, (await fresh()).status], [201, 201])
    const race = await ended(
      times(20, (n) => running.as(ann, 'product.upsert', { data: { sku: 'c', title: `${n}` } }, { onlyNew: true })),
    )
    assert.deepEqual(race, { ok: 1, 'precondition-failed': 19 })
  })
}
