import assert from 'node:assert/strict'
import { assertNoLeak, canaries, onBothStores, password, test } from './support/siege.ts'

/** Section B of the attack classes: authorization of rows and of their fields. */

await onBothStores('rows', (siege) => {
  test('class 15: an id of one model is no id of another, and one owner’s is not another’s', async () => {
    const { things, ids } = siege()
    assert.equal(things.page, things.open, 'the two models count alike')
    for (const as of ['bob', 'eve', undefined] as const) {
      const not = as === undefined ? 401 : 404
      await siege().refused(not, 'GET', `/pages/${things.page}`, { as })
      await siege().refused(not, 'PATCH', `/pages/${things.page}`, { as, json: { title: 'taken' } })
      await siege().refused(not, 'DELETE', `/pages/${things.page}`, { as })
      await siege().refused([401, 403], 'DELETE', `/notes/${things.open}`, { as })
      await siege().refused(as === undefined ? 401 : 404, 'DELETE', `/notes/${things.draft}`, { as })
    }
    assert.deepEqual((await siege().ask('GET', '/pages', { as: 'bob' })).json.items, [])
    for (const id of [
      ids.ada,
      ids.bob,
      `${things.open}.0`,
      `0${things.open}`,
      `+${things.open}`,
      `${things.open}e0`,
      ` ${things.open}`,
      `0x${things.open}`,
      '１',
      '-1',
      'open',
      `${things.open},${things.bobs}`,
    ])
      await siege().refused([400, 404, 422], 'PATCH', `/notes/${encodeURIComponent(id)}`, {
        as: 'bob',
        json: { body: 'x' },
      })
    for (const id of [
      String(things.open),
      ids.ada.toUpperCase().replaceAll('-', ''),
      `{${ids.ada}}`,
      ` ${ids.ada}`,
      `urn:uuid:${ids.ada}`,
    ])
      await siege().refused([400, 403, 404, 422], 'PATCH', `/users/${encodeURIComponent(id)}`, {
        as: 'bob',
        json: { bio: 'x' },
      })
    const many = await siege().ask('POST', '/pages/batch/delete', { as: 'bob', json: { ids: [things.page, 999_999] } })
    assert.ok(
      many.json.every(({ code }: { code: string }) => code === 'not-found'),
      many.text,
    )
    assert.equal((await siege().ask('GET', `/pages/${things.page}`, { as: 'ada' })).status, 200)
  })

  test('class 15: a reference cannot ask which hidden rows there are, nor tie anything to one', async () => {
    const { things } = siege()
    const said: unknown[] = []
    for (const pageId of [things.page, 999_999]) {
      for (const [method, path, json] of [
        ['POST', '/notes', { title: 'tied', pageId }],
        ['PUT', '/notes/by/title/tied', { pageId }],
        ['PUT', '/notes/by/title/of%20bob', { pageId }],
        ['PATCH', `/notes/${things.bobs}`, { pageId }],
      ] as const) {
        const { status, json: problem } = await siege().refused([404, 409, 422], method, path, { as: 'bob', json })
        said.push([pageId === things.page, method, status, problem.code, problem.detail])
      }
      const earlier = await siege().everything()
      for (const [method, json] of [
        ['POST', { items: [{ title: 'tied', pageId }] }],
        ['PATCH', { items: [{ id: things.bobs, pageId }] }],
      ] as const) {
        const many = await siege().ask(method, '/notes/batch', { as: 'bob', json })
        said.push([pageId === things.page, method, many.json[0]?.status, many.json[0]?.code])
      }
      assert.equal(await siege().everything(), earlier)
    }
    const half = said.length / 2
    assert.deepEqual(
      said.slice(0, half).map((one) => (one as unknown[]).slice(1)),
      said.slice(half).map((one) => (one as unknown[]).slice(1)),
      'a page of another and one that is not there answer alike',
    )
    const own = await siege().ask('POST', '/notes/batch', {
      as: 'ada',
      json: { items: [{ title: 'tied', pageId: things.page }] },
    })
    assert.equal(own.json[0].status, 'created', own.text)
    assert.equal((await siege().ask('DELETE', `/notes/${own.json[0].id}`, { as: 'ada' })).status, 204)
  })

  test('class 38: every item of a bulk and of a batch is judged by itself, whatever the one before it was', async () => {
    const { things } = siege()
    const kept = async () => [
      (await siege().ask('GET', `/notes/${things.open}`, { as: 'ada' })).text,
      (await siege().ask('GET', `/notes/${things.draft}`, { as: 'ada' })).text,
    ]
    const earlier = await kept()
    const outcome = { [things.bobs]: 'updated', [things.open]: 'forbidden', [things.draft]: 'not-found' }
    const order = [things.bobs, things.open, things.draft]
    for (const ids of [order, order.toReversed(), [things.open, things.bobs, things.draft]]) {
      const items = ids.map((id, n) => ({ id, body: `bulk ${n}` }))
      const many = await siege().ask('PATCH', '/notes/batch', { as: 'bob', json: { items } })
      for (const [n, id] of ids.entries()) {
        const { status, code } = many.json[n] ?? {}
        assert.equal(status === 'refused' ? code : status, outcome[id], many.text)
      }
      assertNoLeak(many.text, 'a bulk of mixed rows')
      assert.deepEqual(await kept(), earlier)

      const operations = ids.map((id, n) => ({ operation: 'note.update', input: { id, data: { body: `batch ${n}` } } }))
      await siege().refused([403, 404], 'POST', '/batch', { as: 'bob', json: { operations } })
    }
  })

  test('class 16: of an id in the path, the query and the body only the one in the path can count', async () => {
    const { things } = siege()
    const target = `/notes/${things.bobs}`
    for (const json of [
      { id: things.open, body: 'x' },
      { body: 'x', data: { id: things.open } },
      { noteId: things.open, body: 'x' },
      { params: { id: things.open }, body: 'x' },
      { 'params.id': things.open, body: 'x' },
    ])
      await siege().refused(400, 'PATCH', target, { as: 'bob', json })
    for (const query of [
      `id=${things.open}`,
      `params[id]=${things.open}`,
      `data[id]=${things.open}`,
      `where[id]=${things.open}`,
    ])
      await siege().refused(400, 'PATCH', `${target}?${query}`, { as: 'bob', json: { body: 'x' } })
    await siege().refused(400, 'POST', `/api/notes/${things.bobs}/rename`, {
      as: 'bob',
      json: { title: 'x', id: things.open },
    })
    await siege().refused(400, 'POST', `/api/notes/${things.bobs}/rename?id=${things.open}`, {
      as: 'bob',
      json: { title: 'x' },
    })
    await siege().refused(400, 'PUT', `/api/notes/${things.bobs}`, {
      as: 'bob',
      json: { note: { body: 'x', id: things.open } },
    })
    await siege().refused(400, 'POST', '/batch', {
      as: 'bob',
      json: {
        operations: [{ operation: 'note.update', input: { id: things.bobs, data: { id: things.open, body: 'x' } } }],
      },
    })
    // An array of two that name the same row: the first counts, and the second cannot carry another's field along.
    const twice = await siege().ask('PATCH', '/notes/batch', {
      as: 'bob',
      json: {
        items: [
          { id: things.bobs, rank: 6 },
          { id: things.open, rank: 9 },
          { id: things.draft, rank: 9 },
        ],
      },
    })
    assert.deepEqual(
      twice.json.map(({ code }: { code: string | null }) => code),
      [null, 'forbidden', 'not-found'],
      twice.text,
    )
    assert.deepEqual(
      await siege().rows(`select rank::text from note where id in (${things.open}, ${things.draft}) order by id`),
      [['5'], ['7']],
    )
  })

  test('class 17: a row may not be changed into one that its writer could not have', async () => {
    const { things, ids } = siege()
    const gift = { ownerId: ids.ada }
    await siege().refused(403, 'PATCH', `/notes/${things.bobs}`, { as: 'bob', json: gift })
    await siege().refused(403, 'PATCH', `/notes/${things.bobs}`, {
      as: 'bob',
      json: { ...gift, body: 'x' },
      headers: { Prefer: 'return=minimal' },
    })
    await siege().refused(403, 'PATCH', `/notes/${things.bobs}`, {
      as: 'bob',
      json: gift,
      headers: { 'Idempotency-Key': 'gift' },
    })
    const etag = (await siege().ask('GET', `/notes/${things.bobs}`, { as: 'bob' })).headers.get('etag') ?? ''
    await siege().refused(403, 'PATCH', `/notes/${things.bobs}`, {
      as: 'bob',
      json: gift,
      headers: { 'If-Match': etag },
    })
    await siege().refused(400, 'PUT', '/notes/by/title/of%20bob', { as: 'bob', json: { ...gift } })
    const earlier = await siege().everything()
    const many = await siege().ask('PATCH', '/notes/batch', {
      as: 'bob',
      json: { items: [{ id: things.bobs, ...gift }] },
    })
    assert.equal(many.json[0].code, 'forbidden', many.text)
    assert.equal(await siege().everything(), earlier)
    await siege().refused(403, 'POST', '/batch', {
      as: 'bob',
      json: {
        operations: [
          { operation: 'note.update', input: { id: things.bobs, data: { body: 'before' } } },
          { operation: 'note.update', input: { id: things.bobs, data: gift } },
        ],
      },
    })
    // The other way round: making somebody else's row one's own.
    await siege().refused(403, 'PATCH', `/notes/${things.open}`, { as: 'bob', json: { ownerId: ids.bob } })
    await siege().refused(404, 'PATCH', `/notes/${things.draft}`, {
      as: 'bob',
      json: { ownerId: ids.bob, status: 'public' },
    })
    // An upsert lands on another's row although the row to be made would have been one's own.
    await siege().refused(403, 'PUT', '/notes/by/title/open', { as: 'bob', json: { body: 'taken' } })
    await siege().refused([403, 404, 409], 'PUT', '/notes/by/title/hidden%20draft', {
      as: 'bob',
      json: { body: 'taken' },
    })
  })

  test('class 20: a secret and a guarded field keep their rules on every way in', async () => {
    const { ids, things } = siege()
    for (const [as, json] of [
      ['bob', { role: 'editor' }],
      ['bob', { salary: 9 }],
      ['bob', { bio: 'x', role: 'editor' }],
    ] as const) {
      await siege().refused(403, 'PATCH', `/users/${ids.bob}`, { as, json })
      await siege().refused(403, 'PATCH', `/users/${ids.bob}`, {
        as,
        json,
        headers: { 'Content-Type': 'application/merge-patch+json' },
      })
    }
    await siege().refused(403, 'PATCH', `/users/${ids.bob}`, { as: 'eve', json: { password: 'chosen by another' } })
    await siege().refused([400, 422], 'PATCH', `/users/${ids.bob}`, { as: 'bob', json: { password: null } })
    await siege().refused([400, 422], 'PATCH', `/users/${ids.bob}`, { as: 'bob', json: { password: { $set: 'x' } } })
    await siege().refused(403, 'POST', '/api/grant', { as: 'bob', json: { userId: ids.bob, salary: 9 } })
    await siege().refused(403, 'PATCH', `/notes/${things.bobs}`, { as: 'bob', json: { verdict: 'fine' } })
    await siege().refused(403, 'POST', '/notes', { as: 'bob', json: { title: 'verdict', verdict: 'fine' } })
    await siege().refused(403, 'PUT', '/notes/by/title/of%20bob', { as: 'bob', json: { verdict: 'fine' } })
    await siege().refused(403, 'PUT', '/notes/by/title/verdict%20new', { as: 'bob', json: { verdict: 'fine' } })
    const earlier = await siege().everything()
    const made = await siege().ask('POST', '/notes/batch', {
      as: 'bob',
      json: { items: [{ title: 'v', verdict: 'fine' }] },
    })
    const changed = await siege().ask('PATCH', '/notes/batch', {
      as: 'bob',
      json: { items: [{ id: things.bobs, verdict: 'fine' }] },
    })
    assert.deepEqual([made.json[0]?.code, changed.json[0]?.code], ['forbidden', 'forbidden'], made.text + changed.text)
    assert.equal(await siege().everything(), earlier)
    // An own password is written, as a hash, and opens.
    const own = await siege().ask('PATCH', `/users/${ids.bob}`, {
      as: 'bob',
      json: { password: 'another good password' },
    })
    assert.equal(own.status, 200, own.text)
    assertNoLeak(own.text, 'a change of password', [canaries.salary])
    assert.match(
      (await siege().rows(`select password from "user" where id = '${ids.bob}'`))[0]?.[0] ?? '',
      /^\$argon2id\$/,
    )
    const back = await siege().ask('PATCH', `/users/${ids.bob}`, { as: 'bob', json: { password } })
    assert.equal(back.status, 200)
  })

  test('class 22: what the server makes is refused from whoever sends it, on every write', async () => {
    const { things, ids } = siege()
    const owned = {
      createdAt: '2020-01-01T00:00:00Z',
      updatedAt: '2020-01-01T00:00:00Z',
      code: 'x',
      id: 77,
      owner: { id: ids.ada },
      labels: [{ name: 'x' }],
      owner_id: ids.ada,
      created_at: 'x',
    }
    for (const [name, value] of Object.entries({ ...owned, ownerId: ids.ada })) {
      await siege().refused(400, 'POST', '/notes', { as: 'bob', json: { title: 'mass', [name]: value } })
      await siege().refused(400, 'PUT', '/notes/by/title/mass', { as: 'bob', json: { [name]: value } })
      await siege().refused(400, 'POST', '/notes/batch', {
        as: 'bob',
        json: { items: [{ title: 'mass', [name]: value }] },
      })
    }
    for (const [name, value] of Object.entries(owned)) {
      await siege().refused(400, 'PATCH', `/notes/${things.bobs}`, { as: 'bob', json: { body: 'x', [name]: value } })
      if (name !== 'id')
        await siege().refused(400, 'PATCH', '/notes/batch', {
          as: 'bob',
          json: { items: [{ id: things.bobs, [name]: value }] },
        })
    }
    for (const name of ['recoveryToken', 'createdAt', 'id', 'notes', 'audits'])
      await siege().refused(400, 'PATCH', `/users/${ids.bob}`, { as: 'bob', json: { [name]: 'x' } })
    for (const extra of [
      { role: 'editor' },
      { salary: 9 },
      { id: ids.ada },
      { recoveryToken: 'x' },
      { createdAt: 'x' },
      { ownerId: 'x' },
      { password_hash: 'x' },
      { data: { role: 'editor' } },
    ])
      await siege().refused(400, 'POST', '/auth/register', {
        json: { email: 'mass@example.com', password, handle: 'mass', ...extra },
      })
    await siege().refused(400, 'POST', '/doors', { as: 'bob', json: { name: 'd', code: 'abcd', ownerId: ids.ada } })
    await siege().refused(400, 'POST', '/pages', { as: 'bob', json: { title: 'd', ownerId: ids.ada } })
  })
})
