import assert from 'node:assert/strict'
import { attempts, isShared, nowhere, told } from './support/tower-attempts.ts'
import { mark, moveTo, test, towerOnBothStores } from './support/tower-siege.ts'

/**
 * Section C of the attack classes on an app whose policies let anyone do anything: the tenant alone keeps its
 * organizations apart.
 */

/** What each store has answered to what. */
const answers: Record<'PGlite' | 'PostgreSQL', string[]> = { PGlite: [], PostgreSQL: [] }

await towerOnBothStores('tenancy', (siege) => {
  /** Each attempt with things of another tenant, and with things that are nowhere. */
  const tryAll = async (which: (method: string) => boolean) => {
    const { ask, store, theirs, ours, whatIsTheirs } = siege()
    const foreign = attempts(theirs, ours, mark)
    const missing = attempts(nowhere, ours, 'nobody-0000')
    const before = await whatIsTheirs()
    for (const [operation, tries] of Object.entries(foreign)) {
      for (const [index, { does, ...asked }] of tries.entries()) {
        if (!which(does[0])) continue
        const twin = missing[operation]?.[index]
        assert.ok(twin)
        const { does: other, ...with_ } = twin
        const answer = await ask(...does, { as: 'ada', ...asked })
        const plain = await ask(...other, { as: 'ada', ...with_ })
        const what = `${operation}: ${does.join(' ')} ${JSON.stringify(asked.json)}`
        assert.ok(![400, 401, 405].includes(answer.status) && answer.status < 500, `${what} ${answer.text}`)
        assert.ok(!answer.text.includes('nothing at this path'), what)
        assert.deepEqual([answer.status, told(answer.text)], [plain.status, told(plain.text)], what)
        assert.ok(!answer.text.includes(mark), `${what} shows ${answer.text}`)
        assert.equal(await whatIsTheirs(), before, `${what} changed what is theirs`)
        answers[store.name].push(`${answer.status} ${told(does.join(' '))}`)
      }
    }
  }

  test('class 15: no read reaches a row of another tenant, or tells its id from none', async () => {
    const { ask, theirs, ours, backend } = siege()
    const all = Object.keys(attempts(nowhere, ours, ''))
    const operations = Object.keys(backend.manifest.operations).filter((name) => !isShared(name))
    assert.deepEqual(all.sort(), operations.sort(), 'an operation that nobody attacks')
    await tryAll((method) => method === 'GET')
    const { id, handle, ...worker } = (await ask('GET', `/users/${theirs.user}`, { as: 'ada' })).json
    assert.deepEqual([id, handle], [theirs.user, 'bob'])
    assert.deepEqual(worker, { busy: false, idle: true, tasks: 0, points: null, titles: [] })
  })

  test('class 31: no write reaches a row of another tenant, refers to one, or tells its id from none', () =>
    tryAll((method) => method !== 'GET'))

  test('class 31: no write says whose a row is, by any way of writing', async () => {
    const { ours, theirs, refused, ask, rows } = siege()
    for (const { organization: organizationId } of [theirs, ours]) {
      const named = { organizationId }
      await refused(400, 'POST', '/projects', { as: 'ada', json: { slug: 'x', ...named } })
      await refused(400, 'POST', '/projects', { as: 'ada', json: { slug: 'x', tasks: [{ title: 't', ...named }] } })
      await refused(400, 'POST', '/projects/batch', { as: 'ada', json: { items: [{ slug: 'x', ...named }] } })
      await refused(400, 'PUT', '/projects/by/slug/x', { as: 'ada', json: named })
      await refused(400, 'PUT', '/settings', { as: 'ada', json: named })
      await refused(400, 'PATCH', `/projects/${ours.project}`, { as: 'ada', json: named })
      await refused(400, 'PATCH', `/projects/${ours.project}`, {
        as: 'ada',
        json: { tasks: { create: [{ title: 't', ...named }] } },
      })
      await refused(400, 'PATCH', '/projects/batch', { as: 'ada', json: { items: [{ id: ours.project, ...named }] } })
      await refused(400, 'POST', '/tasks/start-task', {
        as: 'ada',
        json: { title: 't', projectId: ours.project, ...named },
      })
      await refused(400, 'POST', '/tags/ensure-tag', { as: 'ada', json: { name: 'x', ...named } })
      await refused(400, 'POST', '/tags?organizationId=x', { as: 'ada', json: { name: 'x' } })
      await refused(400, 'GET', `/projects?organizationId=${organizationId}`, { as: 'ada' })
      for (const operation of ['project.create', 'project.upsert', 'tag.create'])
        await refused(400, 'POST', '/batch', {
          as: 'ada',
          json: { operations: [{ operation, input: { data: { name: 'x', slug: 'x', ...named } } }] },
        })
    }
    const foreign = { organizationId: theirs.organization, projectId: theirs.project }
    for (const many of [{}, { many: 'yes' }])
      await refused(403, 'POST', '/api/write', { as: 'ada', json: { ...foreign, ...many } })
    const mine = { organizationId: ours.organization, projectId: ours.project }
    const made = await ask('POST', '/api/write', { as: 'ada', json: mine })
    assert.equal(made.status, 200, made.text)
    const whose = `select organization_id::text from tag where id = '${made.json.made.id}'`
    assert.deepEqual(await rows(whose), [[ours.organization]])
  })

  test('class 32: the tenant is the principal’s, whatever the request says of it', async () => {
    const { ask, theirs, ours, rows } = siege()
    const names = ['X-Organization-Id', 'X-Tenant', 'X-Tenant-Id', 'Organization', 'Bede-Organization', 'Surreal-NS']
    const plain = await ask('GET', '/projects?count=true', { as: 'ada' })
    for (const name of names) {
      const headers = { [name]: theirs.organization }
      const answer = await ask('GET', '/projects?count=true', { as: 'ada', headers })
      assert.deepEqual([answer.status, answer.text], [plain.status, plain.text], name)
      const made = await ask('POST', '/tags', { as: 'ada', headers, json: { name: `by ${name}` } })
      assert.equal(made.status, 201)
      const whose = await rows(`select organization_id::text from tag where id = '${made.json.id}'`)
      assert.deepEqual(whose, [[ours.organization]])
    }
    const cookies = names.map((name) => `${name}=${theirs.organization}`).join('; ')
    const answer = await ask('GET', '/projects?count=true', { as: 'ada', headers: { Cookie: cookies } })
    assert.equal(answer.text, plain.text)
    for (const asked of ['organization', 'tenant', 'organizationId', 'actor.organizationId'])
      assert.equal((await ask('GET', `/projects?${asked}=${theirs.organization}`, { as: 'ada' })).status, 400)
  })

  test('class 33: a cursor, a tag of an entity and a key of another tenant open nothing', async () => {
    const { ask, theirs, whatIsTheirs } = siege()
    const before = await whatIsTheirs()
    const page = await ask('GET', '/projects?limit=1&sort=budget', { as: 'bob' })
    assert.ok(typeof page.json.next === 'string', page.text)
    const cursor = encodeURIComponent(page.json.next)
    const after = await ask('GET', `/projects?limit=1&sort=budget&cursor=${cursor}`, { as: 'ada' })
    assert.ok(!after.text.includes(mark) && after.status === 200, after.text)
    const etag = (await ask('GET', `/projects/${theirs.project}`, { as: 'bob' })).headers.get('etag') ?? ''
    for (const [header, status] of [
      ['If-Match', 404],
      ['If-None-Match', 404],
    ] as const) {
      const headers = { [header]: etag }
      assert.equal((await ask('GET', `/projects/${theirs.project}`, { as: 'ada', headers })).status, 404)
      const json = { title: 'mine' }
      const answer = await ask('PATCH', `/projects/${theirs.project}`, { as: 'ada', headers, json })
      assert.ok([status, 400].includes(answer.status), answer.text)
    }
    const headers = { 'If-Match': etag }
    const put = await ask('PUT', `/projects/by/slug/${theirs.slug}-etag`, { as: 'ada', headers, json: { budget: 1 } })
    assert.equal(put.status, 412)
    assert.equal(await whatIsTheirs(), before)
  })

  test('class 35: an answer that is kept is for the tenant in which it was given', async () => {
    const served = siege()
    const { ask, ours, theirs, rows } = served
    const headers = { 'Idempotency-Key': 'one-key' }
    const json = { slug: 'by-eve' }
    const boards = async () => (await ask('GET', '/api/board', { as: 'eve' })).text
    const [first, seen] = [await ask('POST', '/projects', { as: 'eve', headers, json }), await boards()]
    assert.equal(first.status, 201)
    await moveTo(served, 'eve', theirs.organization)
    const second = await ask('POST', '/projects', { as: 'eve', headers, json })
    assert.deepEqual([second.status, second.headers.get('idempotent-replayed')], [201, null], second.text)
    assert.notEqual(second.json.id, first.json.id)
    const other = await boards()
    assert.ok(other.includes(theirs.slug) && !other.includes(ours.slug) && seen.includes(ours.slug), other)
    assert.equal((await ask('GET', `/projects/${first.json.id}`, { as: 'eve' })).status, 404)
    await moveTo(served, 'eve', ours.organization)
    const again = await ask('POST', '/projects', { as: 'eve', headers, json })
    assert.deepEqual([again.text, again.headers.get('idempotent-replayed')], [first.text, 'true'])
    assert.equal(await boards(), seen)
    await rows(`delete from project where slug = 'by-eve'`)
  })

  test('class 15: what somebody has put down in one tenant is not there in another, where what it names is not', async () => {
    const served = siege()
    const { ask, ours, theirs, rows, ids } = served
    const made = [
      await ask('POST', '/pins', { as: 'eve', json: { tagId: ours.tag } }),
      await ask('POST', '/bookmarks', { as: 'eve', json: { projectId: ours.project } }),
    ]
    assert.deepEqual(
      made.map(({ status }) => status),
      [201, 201],
    )
    await moveTo(served, 'eve', theirs.organization)
    for (const path of ['/pins?count=true', '/bookmarks?count=true'])
      assert.deepEqual((await ask('GET', path, { as: 'eve' })).json, { items: [], next: null, total: 0 })
    await moveTo(served, 'eve', ours.organization)
    for (const path of ['/pins?count=true', '/bookmarks?count=true'])
      assert.equal((await ask('GET', path, { as: 'eve' })).json.total, 1)
    for (const table of ['pin', 'bookmark']) await rows(`delete from ${table} where user_id = '${ids.eve}'`)
  })

  test('whoever is in no tenant sees nothing and makes nothing', async () => {
    const served = siege()
    const { ask, refused, ours, theirs } = served
    await moveTo(served, 'eve', null)
    for (const path of ['/projects?count=true', '/tasks?count=true', '/labels?count=true', '/settings?count=true']) {
      assert.deepEqual((await ask('GET', path, { as: 'eve' })).json, { items: [], next: null, total: 0 }, path)
      await refused(401, 'GET', path)
    }
    const numbers = { projects: 0, budget: null, titles: [], labels: [], first: null }
    for (const as of ['eve', undefined] as const)
      assert.deepEqual((await ask('GET', '/api/numbers', { as })).json, numbers)
    for (const { project } of [ours, theirs]) {
      await refused(404, 'GET', `/projects/${project}`, { as: 'eve' })
      await refused(404, 'PATCH', `/projects/${project}`, { as: 'eve', json: { title: 'mine' } })
      await refused(404, 'DELETE', `/projects/${project}`, { as: 'eve' })
    }
    for (const [method, path, json] of [
      ['POST', '/projects', { slug: 'x' }],
      ['PUT', '/projects/by/slug/x', {}],
      ['PUT', '/settings', { color: 'x' }],
      ['POST', '/tags/ensure-tag', { name: 'x' }],
      ['POST', '/tasks/start-task', { title: 't', projectId: ours.project }],
    ] as const) {
      const { json: problem } = await refused(403, method, path, { as: 'eve', json })
      assert.equal(problem.code, 'no-tenant', `${method} ${path}`)
      assert.ok(problem.hint)
      await refused(401, method, path, { json })
    }
    const bulk = await ask('POST', '/tags/batch', { as: 'eve', json: { items: [{ name: 'x' }] } })
    assert.deepEqual(bulk.json, [{ status: 'refused', code: 'no-tenant', id: null }])
    await moveTo(served, 'eve', ours.organization)
  })

  test('class 31: the database refuses what would join rows of two tenants, whoever asks', async () => {
    const { rows, ours, theirs, everything } = siege()
    const before = await everything()
    const into = (table: string, columns: Record<string, string>) => {
      const all = { id: 'gen_random_uuid()', ...columns }
      return `insert into ${table} (${Object.keys(all).join(', ')}) values (${Object.values(all).join(', ')})`
    }
    const quoted = (id: string) => `'${id}'`
    const [own, project, tag] = [ours.organization, theirs.project, theirs.tag].map(quoted)
    const attempts = [
      into('task', { organization_id: own ?? '', title: "'t'", project_id: project ?? '' }),
      into('label', { organization_id: own ?? '', project_id: quoted(ours.project), tag_id: tag ?? '' }),
      into('label', { organization_id: own ?? '', project_id: project ?? '', tag_id: quoted(ours.tag) }),
      `update task set organization_id = ${quoted(theirs.organization)} where id = ${quoted(ours.task)}`,
      `update task set parent_id = ${quoted(theirs.task)} where id = ${quoted(ours.task)}`,
      `update step set task_id = ${quoted(theirs.task)} where id = ${quoted(ours.step)}`,
    ]
    for (const sql of attempts)
      await assert.rejects(rows(sql), (error: { failure?: string }) => error.failure === 'foreign', sql)
    assert.equal(await everything(), before)
  })

  test('what is unique is unique within a tenant, and says so to nobody else', async () => {
    const { ask, ours, theirs, refused, rows } = siege()
    const mine = await ask('POST', '/projects', { as: 'ada', json: { slug: 'taken', badge: 'one' } })
    assert.equal(mine.status, 201, mine.text)
    const { json: problem } = await refused(409, 'POST', '/projects', { as: 'ada', json: { slug: 'taken' } })
    assert.deepEqual(
      problem.details.map(({ place }: { place: string }) => place),
      ['/body/slug'],
    )
    assert.ok(!JSON.stringify(problem).includes('organization'), JSON.stringify(problem))
    const other = await ask('POST', '/projects', { as: 'bob', json: { slug: 'taken' } })
    assert.equal(other.status, 201)
    const put = await ask('PUT', '/projects/by/slug/taken', { as: 'bob', json: { budget: 99 } })
    assert.deepEqual([put.status, put.json.id], [200, other.json.id])
    assert.equal((await ask('GET', `/projects/${mine.json.id}`, { as: 'ada' })).json.budget, 0)
    const named = await ask('GET', '/api/projects/taken', { as: 'ada' })
    assert.equal(named.json.project.id, mine.json.id)
    await refused(409, 'POST', '/projects', { as: 'bob', json: { slug: 'free', badge: 'one' } })
    await refused(409, 'POST', '/projects/claim-badge', { as: 'bob', json: { slug: 'free', badge: 'one' } })
    for (const status of [201, 200]) {
      const claimed = await ask('POST', '/projects/claim-badge', { as: 'bob', json: { slug: 'free', badge: 'two' } })
      assert.equal(claimed.status, status, claimed.text)
    }
    for (const as of ['ada', 'bob'] as const)
      assert.equal((await ask('PUT', '/settings', { as, json: { color: as } })).status, 200)
    const colors = `select organization_id::text, color from settings order by color`
    assert.deepEqual(await rows(colors), [
      [ours.organization, 'ada'],
      [theirs.organization, 'bob'],
    ])
  })

  test('the description of the API says whose rows there are, and of no field that would say it', async () => {
    const { ask, backend } = siege()
    const { json } = await ask('GET', '/openapi.json')
    const described = Object.values<Record<string, { operationId: string; description?: string }>>(json.paths)
      .flatMap((item) => Object.values(item))
      .map((one) => ({ ...one, text: JSON.stringify(one) }))
    for (const { operationId, description, text } of described) {
      const [model = ''] = operationId.split('.')
      const { tenant } = backend.manifest.models[model] ?? {}
      if (tenant) assert.match(description ?? '', /own organization alone/, operationId)
      else if (operationId.includes('.')) assert.equal(description, undefined, operationId)
      assert.equal(text.includes('organizationId'), operationId === 'write', operationId)
    }
    assert.ok((await ask('GET', '/docs')).text.includes('own organization alone'))
  })

  test('the system alone is in no tenant, and says why', async () => {
    const { ask, rows, lines } = siege()
    const [[count] = []] = await rows('select count(*)::text from project where deleted_at is null')
    assert.equal((await ask('GET', '/api/total', { as: 'ada' })).json.projects, Number(count))
    assert.ok(lines.some((line) => line.includes('a report over all tenants')))
  })
})

test('class 21: one store answers as the other', () => {
  assert.ok(answers.PGlite.length > 100)
  if (answers.PostgreSQL.length > 0) assert.deepEqual(answers.PostgreSQL, answers.PGlite)
})

await towerOnBothStores(
  'tenancy in development',
  (siege) => {
    test('class 13: a problem that explains itself tells nothing of another tenant', async () => {
      const { ask, ours, theirs } = siege()
      const [foreign, missing] = [attempts(theirs, ours, mark), attempts(nowhere, ours, 'nobody-0000')]
      for (const operation of ['project.get', 'project.update', 'project.delete', 'label.create', 'task.create']) {
        for (const [index, { does, ...asked }] of (foreign[operation] ?? []).entries()) {
          const twin = missing[operation]?.[index]
          assert.ok(twin)
          const { does: as, ...other } = twin
          const [answer, plain] = [
            await ask(...does, { as: 'ada', ...asked }),
            await ask(...as, { as: 'ada', ...other }),
          ]
          assert.deepEqual([answer.status, told(answer.text)], [plain.status, told(plain.text)], does.join(' '))
        }
      }
    })
  },
  { development: true },
)
