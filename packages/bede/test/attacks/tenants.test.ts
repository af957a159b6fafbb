import assert from 'node:assert/strict'
import { canaries } from './support/siege.ts'
import { test, yardOnBothStores } from './support/yard-siege.ts'

/** Sections B, C and J of the attack classes on what has tenants, children, links, a past and a second life. */

const none = '0190a1b2-c3d4-7e5f-8a9b-0000000000ff'

await yardOnBothStores('tenants', (siege) => {
  test('class 31: no write names another tenant, in any field, by any way of writing', async () => {
    const { refused, ask, things, firms, everything } = siege()
    const theirs = { firmId: firms.theirs }
    await refused(400, 'POST', '/projects', { as: 'ada', json: { name: 'x', ...theirs } })
    await refused(400, 'POST', '/projects/batch', { as: 'ada', json: { items: [{ name: 'x', ...theirs }] } })
    await refused(400, 'PUT', '/projects/by/name/x', { as: 'ada', json: theirs })
    await refused(400, 'PATCH', `/projects/${things.open}`, { as: 'ada', json: theirs })
    await refused(400, 'PATCH', '/projects/batch', { as: 'ada', json: { items: [{ id: things.open, ...theirs }] } })
    await refused(400, 'POST', '/tags', { as: 'ada', json: { name: 'x', ...theirs } })
    await refused(400, 'POST', '/auth/register', {
      json: { email: 'x@example.com', password: 'long enough it is', handle: 'x', ...theirs },
    })
    for (const operation of ['project.create', 'project.upsert', 'tag.create'])
      await refused(400, 'POST', '/batch', {
        as: 'ada',
        json: { operations: [{ operation, input: { data: { name: 'x', ...theirs } } }] },
      })
    for (const [project, task] of [
      [things.bobs, things.bobsTask],
      [none, none],
    ] as const) {
      await refused(404, 'PATCH', `/projects/${project}`, { as: 'ada', json: { budget: 1 } })
      await refused(404, 'PATCH', `/projects/${project}`, { as: 'ada', json: { tasks: { create: [{ title: 'x' }] } } })
      await refused(404, 'DELETE', `/projects/${project}`, { as: 'ada' })
      await refused(404, 'POST', `/projects/${project}/restore`, { as: 'ada' })
      await refused(404, 'POST', `/projects/${project}/purge`, { as: 'eve' })
      await refused(422, 'POST', '/tasks', { as: 'ada', json: { title: 'x', projectId: project } })
      await refused(403, 'PATCH', `/tasks/${things.openTask}`, { as: 'ada', json: { projectId: project } })
      await refused(404, 'PATCH', `/tasks/${task}`, { as: 'ada', json: { title: 'x' } })
      await refused(422, 'PUT', `/projects/${project}/tags/${things.ourTag}`, { as: 'ada' })
      await refused(404, 'GET', `/projects/${project}/as-of?at=2100-01-01T00:00:00Z`, { as: 'ada' })
    }
    await refused(422, 'PUT', `/projects/${things.open}/tags/${things.theirTag}`, { as: 'ada' })
    await refused(422, 'PUT', `/projects/${things.open}/tags/${none}`, { as: 'ada' })
    const before = await everything()
    const bulks = [
      ['PATCH', '/projects/batch', { items: [things.bobs, none].map((id) => ({ id, budget: 1 })) }],
      ['POST', '/projects/batch/delete', { ids: [things.bobs, none] }],
    ] as const
    for (const [method, path, json] of bulks) {
      const { json: outcomes } = await ask(method, path, { as: 'ada', json })
      const gone = { status: 'refused', code: 'not-found', id: null }
      assert.deepEqual(outcomes, [gone, gone], 'a row of another tenant is told apart from none')
    }
    for (const id of [things.bobs, none]) {
      const { json } = await ask('GET', `/projects/${id}/history?count=true`, { as: 'ada' })
      assert.deepEqual(json, { items: [], next: null, total: 0 })
      assert.equal((await ask('DELETE', `/projects/${id}/tags/${things.ourTag}`, { as: 'ada' })).status, 204)
    }
    assert.equal(await everything(), before)
  })

  test('class 31: a tenant sees, counts and groups its own rows alone, also where one answer is kept for many', async () => {
    const { ask, refused } = siege()
    for (let round = 0; round < 10; round++) {
      const looks = (['ada', 'bob', 'eve'] as const).map(async (as) => {
        const own = { ada: [5, 7], bob: [11], eve: [5] }[as]
        const list = await ask('GET', '/projects?count=true&sort=budget', { as })
        assert.deepEqual(
          list.json.items.map(({ budget }: { budget: number }) => budget),
          own,
        )
        assert.equal(list.json.total, own.length)
        const numbers = await ask('GET', '/projects/aggregate?measure=count,sum.budget,max.budget,min.name', { as })
        const [{ measures }] = numbers.json.items
        assert.deepEqual([measures.count, measures['max.budget']], [own.length, Math.max(...own)])
        const groups = await ask('GET', '/projects/aggregate?groupBy=owner.handle,status', { as })
        const owners = groups.json.items.map(({ by }: { by: Record<string, string> }) => by['owner.handle'])
        assert.deepEqual([...new Set(owners)], [as === 'bob' ? 'bob' : 'ada'])
        const board = await ask('GET', '/api/board', { as })
        assert.equal(board.json.projects.length, own.length, 'an answer kept for another')
      })
      await Promise.all(looks)
    }
    for (const asked of ['groupBy=worth', 'groupBy=code', 'groupBy=owner.email', 'groupBy=__proto__', 'limit=1000'])
      await refused(422, 'GET', `/projects/aggregate?${asked}`, { as: 'ada' })
    for (const asked of ['measure=sum.worth', 'measure=max.code', 'measure=constructor'])
      await refused(422, 'GET', `/projects/aggregate?${asked}`, { as: 'ada' })
    for (const asked of ['sort=worth', 'sort=-max.budget', 'having=1', 'worth=5', 'groupBy=status,status'])
      await refused(400, 'GET', `/projects/aggregate?${asked}`, { as: 'ada' })
    await refused(401, 'GET', '/projects/aggregate')
  })

  test('class 17: the row as it will be is judged too, by whichever way it is written', async () => {
    const { refused, ask, things, ids, everything } = siege()
    for (const ownerId of [ids.bob, ids.eve]) {
      await refused(403, 'PATCH', `/projects/${things.open}`, { as: 'ada', json: { ownerId } })
      const before = await everything()
      const items = [{ id: things.open, ownerId }]
      const { json } = await ask('PATCH', '/projects/batch', { as: 'ada', json: { items } })
      assert.deepEqual(json, [{ status: 'refused', code: 'forbidden', id: null }])
      assert.equal(await everything(), before)
      await refused(403, 'PATCH', `/projects/${things.open}`, {
        as: 'ada',
        json: { ownerId, tasks: { create: [{ title: 'along' }] } },
      })
    }
    await refused(403, 'PUT', '/projects/by/name/open', { as: 'eve', json: { budget: 1 } })
    await refused(403, 'PATCH', `/projects/${things.open}`, {
      as: 'eve',
      json: { tasks: { create: [{ title: 'x' }] } },
    })
    await refused(403, 'POST', '/tasks', { as: 'eve', json: { title: 'x', projectId: things.open } })
    await refused(403, 'PUT', `/projects/${things.open}/tags/${things.ourTag}`, { as: 'eve' })
  })

  test('class 19: one refused child undoes its parent, its siblings and the key of the request', async () => {
    const { refused, ask, things, rows } = siege()
    const headers = { 'Idempotency-Key': 'half' }
    const create = [{ title: 'good', steps: [{ note: 'good' }] }]
    const bad: readonly (readonly [number, object])[] = [
      [403, { create: [...create, { title: 'bad', verdict: 'mine' }] }],
      [403, { create, update: [{ id: things.openTask, verdict: 'mine' }] }],
      [422, { create, update: [{ id: things.bobsTask, title: 'x' }] }],
      [422, { create, update: [{ id: things.draftTask, title: 'of another parent' }] }],
      [422, { create, update: [{ id: things.bobsTask, steps: { create: [{ note: 'x' }] } }] }],
      [422, { create, delete: [things.bobsTask] }],
      [422, { create, delete: [none] }],
      [422, { create: [{ title: 'x', points: 101 }] }],
      [400, { create: [{ title: 'x', projectId: things.bobs }] }],
      [400, { create: [{ title: 'x', remark: 'private' }] }],
      [400, { create: [{ title: 'x', id: none }] }],
      [400, { create: [{ title: 'x', deletedAt: null }] }],
      [400, { restore: [none] }],
    ]
    for (const [status, tasks] of bad)
      await refused(status, 'PATCH', `/projects/${things.open}`, { as: 'ada', headers, json: { budget: 99, tasks } })
    await refused(403, 'POST', '/projects', {
      as: 'ada',
      headers,
      json: { name: 'half', tasks: [{ title: 'good' }, { title: 'bad', verdict: 'mine' }] },
    })
    const batch = (operations: readonly object[]) => ({ as: 'ada' as const, headers, json: { operations } })
    const good = { operation: 'project.update', input: { id: things.open, data: { budget: 99 } } }
    for (const [status, operation, input] of [
      [403, 'project.purge', { id: things.open }],
      [404, 'project.restore', { id: things.bobs }],
      [422, 'project.addTags', { id: things.open, tagId: things.theirTag }],
      [403, 'project.update', { id: things.open, data: { tasks: { create: [{ title: 'x', verdict: 'x' }] } } }],
    ] as const)
      await refused([status, 404], 'POST', '/batch', batch([good, { operation, input }]))
    const fine = await ask('PATCH', `/projects/${things.open}`, { as: 'ada', headers, json: { budget: 5 } })
    assert.equal(fine.status, 200, 'a refusal has kept the key')
    const history = `select count(*)::text from bede.history_project where after ->> 'budget' = '99'`
    assert.deepEqual(await rows(history), [['0']], 'the past tells of what was undone')
  })

  test('class 19: restoring, purging and the past are refused by their own rules', async () => {
    const { refused, ask, everything } = siege()
    const make = async (name: string, more: object = {}) => {
      const made = await ask('POST', '/projects', { as: 'ada', json: { name, tasks: [{ title: name }], ...more } })
      assert.equal(made.status, 201, made.text)
      return { id: String(made.json.id), task: String(made.json.tasks[0].id) }
    }
    const { id, task } = await make('mortal', { worth: Number(canaries.salary) })
    assert.equal((await ask('DELETE', `/projects/${id}`, { as: 'ada' })).status, 204)
    await refused(403, 'POST', `/projects/${id}/restore`, { as: 'eve' })
    await refused(404, 'POST', `/projects/${id}/restore`, { as: 'bob' })
    await refused(401, 'POST', `/projects/${id}/restore`)
    await refused(403, 'POST', `/projects/${id}/purge`, { as: 'ada' })
    await refused(404, 'POST', `/projects/${id}/purge`, { as: 'bob' })
    await refused(404, 'POST', `/tasks/${task}/restore`, { as: 'ada' })
    await refused(404, 'PATCH', `/projects/${id}`, { as: 'ada', json: { budget: 1 } })
    await refused(404, 'PATCH', `/projects/${id}`, { as: 'ada', json: { tasks: { create: [{ title: 'x' }] } } })
    await refused(422, 'POST', '/tasks', { as: 'ada', json: { title: 'x', projectId: id } })
    await refused(422, 'PUT', `/projects/${id}/tags/${siege().things.ourTag}`, { as: 'ada' })
    for (const json of [{ deletedAt: null }, { deletedAt: '2026-01-01T00:00:00Z' }]) {
      await refused(400, 'PATCH', `/projects/${id}`, { as: 'ada', json })
      await refused(400, 'POST', '/projects', { as: 'ada', json: { name: 'z', ...json } })
      await refused(400, 'PUT', '/projects/by/name/mortal', { as: 'ada', json })
    }
    for (const as of ['ada', 'bob', 'eve'] as const) {
      const seen = as !== 'bob'
      assert.equal((await ask('GET', '/projects/deleted?count=true', { as })).json.total, seen ? 1 : 0)
      const past = await ask('GET', `/projects/${id}/history`, { as })
      assert.equal(past.json.items.length, seen ? 2 : 0)
      assert.ok(![canaries.salary, canaries.code].some((canary) => past.text.includes(canary)), past.text)
    }
    const again = await make('mortal')
    await refused(409, 'POST', `/projects/${id}/restore`, { as: 'ada' })
    assert.equal((await ask('DELETE', `/projects/${again.id}`, { as: 'ada' })).status, 204)
    const before = await everything()
    const purges = [again.id, id].map((one) => ask('POST', `/projects/${one}/purge`, { as: 'eve' }))
    assert.deepEqual(
      (await Promise.all(purges)).map(({ status }) => status),
      [204, 204],
    )
    assert.notEqual(await everything(), before)

    // What was a draft is no draft any more: as of then it is as hidden as it was then.
    const { id: once } = await make(canaries.audit, { status: 'draft' })
    const published = await ask('PATCH', `/projects/${once}`, { as: 'ada', json: { status: 'open', name: 'shown' } })
    assert.equal(published.status, 200)
    const { json } = await ask('GET', `/projects/${once}/history`, { as: 'ada' })
    const then = json.items.at(-1).at
    await refused(404, 'GET', `/projects/${once}/as-of?at=${then}`, { as: 'eve' })
    assert.equal((await ask('GET', `/projects/${once}/as-of?at=${then}`, { as: 'ada' })).json.status, 'draft')
    assert.equal((await ask('PATCH', `/projects/${once}`, { as: 'ada', json: { status: 'draft' } })).status, 200)
    assert.deepEqual((await ask('GET', `/projects/${once}/history`, { as: 'eve' })).json.items, [])
    const opened = json.items[0].at
    await refused(404, 'GET', `/projects/${once}/as-of?at=${opened}`, { as: 'eve' })
    for (const at of ['infinity', '-infinity', 'now', 'epoch', "2026-01-01' or true--", '0000-01-01T00:00:00Z', ''])
      await refused([400, 422], 'GET', `/projects/${once}/as-of?at=${encodeURIComponent(at)}`, { as: 'ada' })
    for (const one of [once]) await ask('DELETE', `/projects/${one}`, { as: 'ada' })
    await ask('POST', `/projects/${once}/purge`, { as: 'eve' })
  })

  test('class 14: one statement on one connection holds the rights of each who uses it, and upserts show no unseen row', async () => {
    const { ask, refused, things, everything } = siege()
    const seen = async (as: 'ada' | 'bob' | 'eve') => {
      const draft = await ask('GET', `/projects/${things.draft}`, { as })
      assert.equal(draft.status, as === 'ada' ? 200 : 404)
      const list = await ask('GET', '/projects?budget[gte]=0&budget[lt]=1000', { as })
      assert.equal(list.text.includes(canaries.draft), as === 'ada')
    }
    // A plan is made anew for each call at first, and generic after five.
    for (let round = 0; round < 12; round++) await Promise.all((['ada', 'bob', 'eve', 'ada'] as const).map(seen))
    const path = `/projects/by/name/${canaries.draft}`
    const before = await everything()
    const conflicts = await Promise.all([
      ask('PUT', path, { as: 'eve', json: { budget: 1 } }),
      ask('POST', '/projects', { as: 'eve', json: { name: canaries.draft } }),
    ])
    for (const { status, text, json } of conflicts) {
      assert.deepEqual([status, json.code], [409, 'already-exists'])
      assert.ok(!text.includes(things.draft) && !text.includes('"budget"'), text)
    }
    const bulk = await ask('POST', '/projects/batch', { as: 'eve', json: { items: [{ name: canaries.draft }] } })
    assert.deepEqual(bulk.json, [{ status: 'refused', code: 'already-exists', id: null }])
    assert.equal(await everything(), before)
    const other = await ask('PUT', '/projects/by/name/bobs', { as: 'ada', json: { budget: 1 } })
    assert.equal(other.status, 201, 'a name of another tenant is free')
    assert.equal((await ask('GET', `/projects/${things.bobs}`, { as: 'bob' })).json.budget, 11)
    await refused(404, 'GET', `/projects/${other.json.id}`, { as: 'bob' })
    await ask('DELETE', `/projects/${other.json.id}`, { as: 'ada' })
    await ask('POST', `/projects/${other.json.id}/purge`, { as: 'eve' })
  })

  test('class 124: a key that was used is the same request or none, whatever kind of write', async () => {
    const { ask, refused, things, everything } = siege()
    const bodies: readonly (readonly [string, string, string, object | undefined, object | undefined])[] = [
      ['nested', 'POST', '/projects', { name: 'k1', tasks: [{ title: 'a' }] }, { name: 'k1', tasks: [{ title: 'b' }] }],
      ['bulk', 'POST', '/projects/batch', { items: [{ name: 'k2' }] }, { items: [{ name: 'k2' }, { name: 'k3' }] }],
      ['upsert', 'PUT', '/projects/by/name/k4', { budget: 1 }, { budget: 2 }],
      ['link', 'PUT', `/projects/${things.open}/tags/${things.ourTag}`, undefined, undefined],
    ]
    for (const [key, method, path, json, other] of bodies) {
      const headers = { 'Idempotency-Key': key }
      const first = await ask(method, path, { as: 'ada', headers, json })
      assert.ok(first.status < 300, first.text)
      const before = await everything()
      const again = await ask(method, path, { as: 'ada', headers, json })
      assert.deepEqual([again.status, again.text], [first.status, first.text])
      assert.equal(again.headers.get('idempotent-replayed'), 'true')
      assert.equal(await everything(), before, `${key} was effective twice`)
      if (other) await refused(422, method, path, { as: 'ada', headers, json: other })
      await refused(422, 'POST', '/tags', { as: 'ada', headers, json: { name: 'another operation' } })
      const theirs = await ask(method, path, { as: 'bob', headers, json })
      assert.equal(theirs.headers.get('idempotent-replayed'), null, 'the answer of another')
    }
    const { json: bulk } = await ask('POST', '/projects', { as: 'ada', json: { name: 'k6' } })
    const asked = { as: 'ada' as const, headers: { 'Idempotency-Key': 'bulk-delete' }, json: { ids: [bulk.id, none] } }
    const answers = [
      await ask('POST', '/projects/batch/delete', asked),
      await ask('POST', '/projects/batch/delete', asked),
    ]
    assert.equal(answers[0]?.json[0].status, 'deleted')
    assert.equal(answers[1]?.text, answers[0]?.text, 'a bulk that is sent again is told it was refused')
    const headers = { 'Idempotency-Key': 'delete' }
    const { json: made } = await ask('POST', '/projects', { as: 'ada', json: { name: 'k5' } })
    for (const replayed of [null, 'true']) {
      const gone = await ask('DELETE', `/projects/${made.id}`, { as: 'ada', headers })
      assert.deepEqual([gone.status, gone.headers.get('idempotent-replayed')], [204, replayed])
    }
    const restored = await ask('POST', `/projects/${made.id}/restore`, { as: 'ada' })
    assert.equal(restored.status, 200)
    const gone = await ask('DELETE', `/projects/${made.id}`, { as: 'ada', headers })
    assert.equal(gone.headers.get('idempotent-replayed'), 'true')
    assert.equal((await ask('GET', `/projects/${made.id}`, { as: 'ada' })).status, 200, 'a replay has deleted')
  })

  test('class 125: of many who restore, purge, join or upsert one thing at once, each effect is there once', async () => {
    const { ask, things, rows } = siege()
    const many = <T>(work: (n: number) => Promise<T>) => Promise.all(Array.from({ length: 30 }, (_, n) => work(n)))
    const count = (answers: readonly { status: number }[], status: number) =>
      answers.filter((one) => one.status === status).length
    const headers = { 'Idempotency-Key': 'raced' }
    const nested = await many(() =>
      ask('POST', '/projects', { as: 'ada', headers, json: { name: 'raced', tasks: [{ title: 'once' }] } }),
    )
    assert.deepEqual([...new Set(nested.map(({ status, text }) => `${status} ${text}`))].length, 1, nested[0]?.text)
    const { id } = nested[0]?.json ?? {}
    assert.deepEqual(await rows(`select count(*)::text from task where project_id = '${id}'`), [['1']])
    await many(() => ask('PUT', `/projects/${id}/tags/${things.ourTag}`, { as: 'ada' }))
    assert.deepEqual(await rows(`select count(*)::text from label where project_id = '${id}'`), [['1']])
    const deleted = await many(() => ask('DELETE', `/projects/${id}`, { as: 'ada' }))
    assert.deepEqual([count(deleted, 204), count(deleted, 404)], [1, 29])
    const restored = await many(() => ask('POST', `/projects/${id}/restore`, { as: 'ada' }))
    assert.deepEqual([count(restored, 200), count(restored, 404)], [1, 29])
    const told = `select string_agg(change, ' ' order by id) from bede.history_project where row_id = '${id}'`
    assert.deepEqual(await rows(told), [['create delete restore']])
    const raced = await many((n) =>
      n % 2
        ? ask('DELETE', `/projects/${id}`, { as: 'ada' })
        : ask('PATCH', `/projects/${id}`, { as: 'ada', json: { tasks: { create: [{ title: `late ${n}` }] } } }),
    )
    assert.equal(count(raced, 204), 1)
    assert.deepEqual(
      raced.filter(({ status }) => ![200, 204, 404].includes(status)).map(({ text }) => text),
      [],
    )
    const living = `select count(*)::text from task where project_id = '${id}' and deleted_at is null`
    assert.deepEqual(await rows(living), [['0']], 'a child lives below a deleted row')
    const purged = await many(() => ask('POST', `/projects/${id}/purge`, { as: 'eve' }))
    assert.deepEqual([count(purged, 204), count(purged, 404)], [1, 29])
    assert.deepEqual(await rows(`select count(*)::text from task where project_id = '${id}'`), [['0']])
  })
})
