import assert from 'node:assert/strict'
import { onBothStores, test } from './support/siege.ts'

/** Section A of the attack classes: what is not known is refused, and what a refusal tells. */

await onBothStores('refusals', (siege) => {
  test('class 12: a parameter that is not known is refused on every operation, and never dropped', async () => {
    const { ids, things } = siege()
    const paths = { id: String(things.open), title: 'open' }
    for (const [name, { http }] of Object.entries(siege().backend.manifest.operations)) {
      if (!http) continue
      const path = http.path.replace(/:(\w+)/g, (_, part: 'id' | 'title') =>
        http.path.startsWith('/users') ? ids.bob : paths[part],
      )
      for (const extra of [
        'password[startsWith]=a',
        'Status=draft',
        'status%20=draft',
        'tenant=1',
        '__proto__=1',
        'limit%5B%5D=1',
        '=1',
      ]) {
        const body = http.body === undefined ? {} : { json: {} }
        const { status } = await siege().refused([400, 422], http.method, `${path}?${extra}`, { as: 'ada', ...body })
        assert.equal(status, 400, `${name} ${extra}`)
      }
    }
    for (const doubled of ['status=public&status=draft', 'limit=1&limit=100', 'title=a&title%5Bne%5D=b&title=c'])
      await siege().refused(400, 'GET', `/notes?${doubled}`)
    for (const empty of [
      'status=',
      'status[in]=',
      'rank=',
      'createdAt[gte]=',
      'limit=',
      'limit=0',
      'limit=101',
      'limit=-1',
      'limit=1e9',
      'count=yes',
    ])
      await siege().refused([400, 422], 'GET', `/notes?${empty}`)
  })

  test('class 13: no refusal tells of the inside, however it is come by', async () => {
    const { things, ids } = siege()
    const deep = { as: 'bob' as const }
    await siege().refused(500, 'POST', '/api/boom')
    await siege().refused(500, 'POST', '/api/fail')
    await siege().refused(409, 'POST', '/notes', { ...deep, json: { title: 'open' } })
    await siege().refused([403, 404, 409, 422], 'POST', '/labels', { ...deep, json: { noteId: 999_999, name: 'x' } })
    await siege().refused([403, 404, 409, 422], 'POST', '/labels', {
      ...deep,
      json: { noteId: things.draft, name: 'x' },
    })
    await siege().refused([400, 422], 'POST', '/notes', { ...deep, json: { title: 'x', rank: 2 ** 31 } })
    await siege().refused([400, 403, 422], 'POST', '/labels', { ...deep, json: { noteId: 2 ** 53 - 1, name: 'x' } })
    await siege().refused([400, 404, 422], 'GET', '/notes/9007199254740991')
    await siege().refused([400, 404, 422], 'GET', '/notes/99999999999999999999999')
    await siege().refused([400, 422], 'GET', '/notes?createdAt[gt]=infinity')
    await siege().refused([400, 422], 'GET', '/notes?createdAt[gt]=999999-01-01T00:00:00Z')
    await siege().refused([400, 422], 'GET', '/notes?createdAt[gt]=2026-02-31T00:00:00Z')
    await siege().refused(403, 'PATCH', `/users/${ids.ada}`, { ...deep, json: { bio: 'x' } })
    const hiddenRow = await siege().refused(404, 'GET', `/notes/${things.draft}`, deep)
    const noRow = await siege().refused(404, 'GET', '/notes/999999', deep)
    for (const method of ['PATCH', 'DELETE']) {
      const json = method === 'PATCH' ? { json: { title: 'mine' } } : {}
      const [one, other] = [
        await siege().refused(404, method, `/notes/${things.draft}`, { ...deep, ...json }),
        await siege().refused(404, method, '/notes/999999', { ...deep, ...json }),
      ]
      assert.deepEqual({ ...one.json, requestId: '' }, { ...other.json, requestId: '' })
    }
    assert.deepEqual({ ...hiddenRow.json, requestId: '' }, { ...noRow.json, requestId: '' })
  })
})

/** `development` says which clause of which policy said no; even so it tells nothing of rows or of the database. */
await onBothStores(
  'hidden data in development',
  (siege) => {
    test('class 13: in development a refusal names clauses of the declaration, and no value', async () => {
      const { ids, things } = siege()
      const clause = await siege().refused(403, 'PATCH', `/users/${ids.ada}`, { as: 'bob', json: { bio: 'x' } })
      assert.match(clause.text, /user\.policy\.update/)
      await siege().refused(500, 'POST', '/api/boom')
      await siege().refused(500, 'POST', '/api/fail')
      await siege().refused(404, 'GET', `/notes/${things.draft}`, { as: 'bob' })
      await siege().refused(404, 'PATCH', `/notes/${things.draft}`, { as: 'bob', json: { body: 'x' } })
      await siege().refused(409, 'POST', '/notes', { as: 'bob', json: { title: 'open' } })
    })
  },
  { development: true },
)
