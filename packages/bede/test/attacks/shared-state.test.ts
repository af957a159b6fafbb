import assert from 'node:assert/strict'
import { canaries, type Name, onBothStores, password, test } from './support/siege.ts'

/** Sections C and J of the attack classes: shared state, and races for it. */

/** In so many rounds, so many at once: what two requests share shows when they are interleaved. */
const rounds = 20
const atOnce = 50

await onBothStores('shared state', (siege) => {
  test('class 35: interleaved principals see their own and nothing of each other', async () => {
    const { ids, things } = siege()
    const look = async (as: Name | undefined) => {
      const me = await siege().ask('GET', '/auth/me', { as })
      assert.equal(me.status, as === undefined ? 401 : 200)
      if (as) assert.deepEqual([me.json.id, me.json.handle], [ids[as], as])
      const draft = await siege().ask('GET', `/notes/${things.draft}`, { as })
      assert.equal(draft.status, as === 'ada' ? 200 : 404, `${as}`)
      const batch = await siege().ask('POST', '/batch', {
        as,
        json: {
          operations: [
            { operation: 'note.list', input: { count: true } },
            { operation: 'user.get', input: { id: ids.ada } },
          ],
        },
      })
      assert.equal(batch.json[0].body.total, as === 'ada' ? 3 : 2)
      assert.equal(batch.json[1].body.salary, as === 'ada' ? Number(canaries.salary) : null)
    }
    for (let round = 0; round < rounds; round++)
      await Promise.all(
        Array.from({ length: atOnce }, (_, n) => look((['ada', 'bob', 'eve', undefined] as const)[n % 4])),
      )
  })

  test('class 35: a refusal in a transaction leaves nothing of its actor to the next one', async () => {
    const { things, ids } = siege()
    await Promise.all(
      Array.from({ length: atOnce }, async (_, n) => {
        if (n % 2) {
          const failed = await siege().ask('POST', '/api/boom', { as: 'ada' })
          assert.equal(failed.status, 500)
        } else {
          const put = await siege().ask('PUT', `/api/notes/${things.open}`, {
            as: 'bob',
            json: { note: { body: 'taken' } },
          })
          assert.equal(put.status, 403, put.text)
        }
      }),
    )
    assert.deepEqual(await siege().rows("select count(*)::text from audit where entry = 'half done'"), [['0']])
    assert.equal((await siege().ask('GET', `/users/${ids.ada}`)).json.salary, null)
  })

  test('class 35: a kept answer is given to nobody else, whatever the key', async () => {
    const headers = { 'Idempotency-Key': 'shared-key' }
    const json = { title: 'kept for ada' }
    const first = await siege().ask('POST', '/pages', { as: 'ada', json, headers })
    assert.equal(first.status, 201)
    await siege().refused(409, 'POST', '/pages', { as: 'bob', json, headers })
    await siege().refused(401, 'POST', '/pages', { json, headers })
    await siege().refused(422, 'POST', '/pages', { as: 'ada', json: { title: 'another' }, headers })
    await siege().refused(422, 'POST', '/notes', { as: 'ada', json, headers })
    const again = await siege().ask('POST', '/pages', { as: 'ada', json, headers })
    assert.deepEqual([again.status, again.text, again.headers.get('idempotent-replayed')], [201, first.text, 'true'])
    for (const odd of [`actor:${siege().ids.ada}`, 'a'.repeat(300), '\u0001', 'ü', "' or '1'='1", ''])
      if (/^[\x20-\x7e]+$/.test(odd) && odd.length <= 255) {
        const other = await siege().ask('POST', '/pages', {
          as: 'bob',
          json: { title: `odd ${odd.length}` },
          headers: { 'Idempotency-Key': odd },
        })
        assert.equal(other.headers.get('idempotent-replayed'), null)
      } else if (!/[^\x20-\xff]/.test(odd) && !odd.includes('\u0001'))
        await siege().refused(400, 'POST', '/pages', { as: 'bob', json, headers: { 'Idempotency-Key': odd } })
    await siege().refused(400, 'POST', '/auth/sign-in', {
      json: { email: 'ada.canary@example.com', password },
      headers,
    })
  })

  test('class 125: of many that do the same at once, as many succeed as may', async () => {
    const { things } = siege()
    const many = <T>(work: (n: number) => Promise<T>) => Promise.all(Array.from({ length: atOnce }, (_, n) => work(n)))
    const statuses = (answers: readonly { status: number }[]) =>
      [...new Set(answers.map(({ status }) => status))].sort()
    const count = (answers: readonly { status: number }[], status: number) =>
      answers.filter((one) => one.status === status).length

    const published = await many(() => siege().ask('POST', `/notes/${things.draft}/publish`, { as: 'ada' }))
    assert.deepEqual([statuses(published), count(published, 200)], [[200, 409], 1])
    assert.deepEqual(await siege().rows("select count(*)::text from bede.outbox where event <> 'bede.identity'"), [
      ['1'],
    ])
    await siege().ask('PATCH', `/notes/${things.draft}`, { as: 'ada', json: { status: 'draft' } })

    const upserted = await many((n) => siege().ask('PUT', '/notes/by/title/raced', { as: 'ada', json: { rank: n } }))
    assert.deepEqual(statuses(upserted), [200, 201], upserted.find(({ status }) => status > 201)?.text)
    assert.equal(new Set(upserted.map(({ json }) => json.id)).size, 1)
    const mixed = await many((n) =>
      siege().ask('PUT', '/notes/by/title/contested', { as: n % 2 ? 'bob' : 'ada', json: { rank: n } }),
    )
    assert.deepEqual(
      statuses(mixed).filter((status) => ![200, 201, 403].includes(status)),
      [],
      mixed.find(({ status }) => ![200, 201, 403].includes(status))?.text,
    )
    assert.equal(count(mixed, 200) + count(mixed, 201), atOnce / 2, 'one of the two has it, and only that one')

    const registered = await many((n) =>
      siege().ask('POST', '/auth/register', {
        json: { email: n % 2 ? 'Raced@example.com' : 'raced@EXAMPLE.com', password, handle: `raced ${n}` },
      }),
    )
    assert.deepEqual(
      [statuses(registered), count(registered, 201)],
      [[201, 409], 1],
      registered.find(({ status }) => ![201, 409].includes(status))?.text,
    )
    const handles = await many((n) =>
      siege().ask('POST', '/auth/register', {
        json: { email: `raced${n}@example.com`, password, handle: 'one handle' },
      }),
    )
    assert.deepEqual([statuses(handles), count(handles, 201)], [[201, 409], 1])
    assert.deepEqual(
      await siege().rows(`select count(*)::text from "user" where handle like 'raced%' or handle = 'one handle'`),
      [['2']],
    )

    const keyed = await many(() =>
      siege().ask('POST', '/pages', {
        as: 'bob',
        json: { title: 'keyed once' },
        headers: { 'Idempotency-Key': 'raced' },
      }),
    )
    assert.deepEqual(
      [statuses(keyed), new Set(keyed.map(({ text }) => text)).size],
      [[201], 1],
      keyed.find(({ status }) => status !== 201)?.text,
    )
    assert.equal(keyed.filter(({ headers }) => headers.get('idempotent-replayed') === null).length, 1)

    const page = await siege().ask('POST', '/pages', { as: 'bob', json: { title: 'lost update' } })
    const etag = (await siege().ask('GET', `/pages/${page.json.id}`, { as: 'bob' })).headers.get('etag') ?? ''
    const matched = await many((n) =>
      siege().ask('PATCH', `/pages/${page.json.id}`, {
        as: 'bob',
        json: { title: `update ${n}` },
        headers: { 'If-Match': etag },
      }),
    )
    assert.deepEqual([statuses(matched), count(matched, 200)], [[200, 412], 1])
    const deleted = await many(() => siege().ask('DELETE', `/pages/${page.json.id}`, { as: 'bob' }))
    assert.deepEqual([statuses(deleted), count(deleted, 204)], [[204, 404], 1])

    // Batches that lock the same rows in opposite order: all end, and none is half done. A server takes a second to
    // notice two that wait for each other, so these are few.
    const crossed = await Promise.all(
      Array.from({ length: 4 }, (_, n) => {
        const items = [things.open, things.draft].map((id) => ({
          operation: 'note.update',
          input: { id, data: { rank: n } },
        }))
        return siege().ask('POST', '/batch', { as: 'ada', json: { operations: n % 2 ? items : items.reverse() } })
      }),
    )
    assert.deepEqual(
      statuses(crossed).filter((status) => ![200, 409, 503].includes(status)),
      [],
      crossed.find(({ status }) => status >= 500)?.text,
    )
    const ranks = await siege().rows(
      `select count(distinct rank)::text from note where id in (${things.open}, ${things.draft})`,
    )
    assert.deepEqual(ranks, [['1']])
  })
})
