import assert from 'node:assert/strict'
import { assertNoLeak, canaries, emailOf, type Name, onBothStores, password, test } from './support/siege.ts'

/** Section A of the attack classes: hidden data through the shape of the query. */

const operators = [
  '',
  '[eq]',
  '[ne]',
  '[in]',
  '[gt]',
  '[gte]',
  '[lt]',
  '[lte]',
  '[contains]',
  '[startsWith]',
  '[endsWith]',
  '[isNull]',
  '[has]',
  '[like]',
  '[$startsWith]',
  '[regex]',
]
/** What a caller may not read, by the paths that lead there from each list. */
const hidden = {
  notes: [
    'code',
    'owner.email',
    'owner.password',
    'owner.recoveryToken',
    'owner.salary',
    'owner.role',
    'labels.reason',
    'labels.noteId',
    'owner.notes.code',
    'owner.audits.entry',
    'labels.note.code',
  ],
  users: [
    'email',
    'password',
    'recoveryToken',
    'salary',
    'role',
    'notes.title',
    'notes.code',
    'notes.body',
    'audits.entry',
    'notes.labels.reason',
    'notes.owner.password',
  ],
  labels: ['reason', 'note.code', 'note.body', 'note.owner.password', 'noteId'],
} as const
const lists = Object.keys(hidden) as (keyof typeof hidden)[]
const callers: readonly (Name | undefined)[] = [undefined, 'bob', 'eve']
const query = (name: string, value: string) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`

await onBothStores('hidden data', (siege) => {
  test('class 1: no operator reaches a hidden field, by no relation path', async () => {
    const earlier = await siege().everything()
    for (const list of lists) {
      for (const path of hidden[list]) {
        for (const operator of operators) {
          const spellings = [
            `${path}${operator}`,
            path.replaceAll('.', '[').concat(path.includes('.') ? ']' : '', operator),
          ]
          for (const name of spellings) {
            const answer = await siege().ask('GET', `/${list}?${query(name, 'c')}`, { as: 'bob' })
            assert.equal(answer.status, 400, `${list} ${name}: ${answer.text}`)
            assert.equal(answer.json.code, 'unknown-parameter')
            assertNoLeak(answer.text, name)
          }
        }
      }
    }
    assert.equal(await siege().everything(), earlier)
  })

  test('class 1: a declared filter over a relation counts no row that is hidden', async () => {
    for (const as of callers) {
      for (const name of ['labels.name', 'labels.name[startsWith]', 'labels.name[contains]', 'labels.name[in]']) {
        const { json } = await siege().ask('GET', `/notes?count=true&${query(name, 'unseen')}`, { as })
        assert.deepEqual([json.items, json.total], [[], 0], `${name} as ${as}`)
      }
      const { json } = await siege().ask('GET', '/labels?count=true', { as })
      assert.equal(json.total, 1)
      const users = await siege().ask('GET', `/users/${siege().ids.ada}`, { as })
      assert.deepEqual([users.json.notes, users.json.audits], [1, 0], 'counts are of what one may see')
    }
    assert.equal((await siege().ask('GET', '/notes?labels.name=unseen', { as: 'ada' })).json.items.length, 1)
  })

  test('class 2: a hidden predicate is refused at every depth of every logical spelling', async () => {
    const predicate = { password: { startsWith: '$' } }
    for (const list of lists) {
      for (let depth = 0; depth <= 4; depth++) {
        for (const word of ['or', 'and', 'not', '$or', '$and', '$nor', 'where', 'filter', 'AND', 'OR']) {
          let nested: unknown = predicate
          let name = word
          for (let step = 0; step < depth; step++) {
            nested = { [word]: [nested] }
            name += `[0][${word}]`
          }
          await siege().refused(400, 'GET', `/${list}?${query(word, JSON.stringify(nested))}`)
          await siege().refused(400, 'GET', `/${list}?${query(`${name}[password][startsWith]`, '$')}`)
        }
      }
    }
    await siege().refused(400, 'POST', '/batch', {
      as: 'bob',
      json: { operations: [{ operation: 'note.list', input: { or: [{ code: 'c' }] } }] },
    })
    await siege().refused([400, 422], 'POST', '/batch', {
      as: 'bob',
      json: { operations: [{ operation: 'note.list', input: { title: { or: [{ code: 'c' }] } } }] },
    })
  })

  test('class 3: nothing is sorted by what is hidden, nor by a part of JSON', async () => {
    const asked = [
      'settings',
      'settings.theme',
      'settings->theme',
      'settings[theme]',
      'body',
      'owner',
      'owner.handle',
      'labels.name',
      'rank,code',
      'rank;code',
      '-code',
      '+code',
      'rank desc',
      'RANK',
      'code asc nulls first',
      '1',
      '2 desc',
      'random()',
      '',
    ]
    for (const list of lists) {
      for (const path of [...hidden[list], ...asked]) {
        for (const sort of [path, `-${path}`])
          await siege().refused([400, 422], 'GET', `/${list}?${query('sort', sort)}`, { as: 'bob' })
      }
    }
    await siege().refused([400, 422], 'POST', '/batch', {
      as: 'bob',
      json: { operations: [{ operation: 'note.list', input: { sort: 'code' } }] },
    })
    for (const sort of ['rank', '-rank', 'title']) {
      const { json } = await siege().ask('GET', `/notes?sort=${sort}&limit=100`)
      assert.ok(json.items.every(({ title }: { title: string }) => title !== 'hidden draft'))
    }
  })

  test('class 4: a cursor holds no hidden value, and none that was written by a caller is read', async () => {
    const page = await siege().ask('GET', '/notes?limit=1&sort=rank')
    const cursor: string = page.json.next
    assert.ok(cursor)
    assert.doesNotMatch(Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString(), /canary|917253|draft/)
    const payload = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = cursor.split('.')[1]
    for (const forged of [
      `${payload(['7', '2'])}.${signed}`,
      `${payload({ code: 'canary' })}.${signed}`,
      payload(['7', '2']),
      `.${signed}`,
      `${cursor}.${signed}`,
      `${cursor}\u0000`,
      cursor.slice(0, -2),
      'null',
      '[]',
      '{"where":{"code":"c"}}',
    ])
      await siege().refused(400, 'GET', `/notes?limit=1&sort=rank&${query('cursor', forged)}`)
    for (const elsewhere of [
      '/notes?sort=-rank',
      '/notes?sort=rank&status=public',
      '/notes?sort=title',
      '/users?sort=handle',
      '/labels?limit=1',
    ])
      await siege().refused(400, 'GET', `${elsewhere}&${query('cursor', cursor)}`)
    for (const path of [
      '/notes/hidden%20draft',
      `/notes/${siege().things.open}?code=x`,
      `/notes/${siege().things.open}?title=open`,
    ])
      await siege().refused([400, 404, 422], 'GET', path)
  })

  test('class 4: a unique that belongs to a hidden row tells no more than that it is taken', async () => {
    const upsert = await siege().refused([403, 404, 409], 'PUT', '/notes/by/title/hidden%20draft', {
      as: 'bob',
      json: { body: 'x' },
    })
    const create = await siege().refused(409, 'POST', '/notes', { as: 'bob', json: { title: 'hidden draft' } })
    for (const { text } of [upsert, create]) assert.ok(!text.includes(siege().ids.ada), text)
    for (const selector of [
      { code: canaries.code },
      { recoveryToken: canaries.recovery },
      { where: { code: 'c' } },
      { id: siege().things.draft },
    ])
      await siege().refused(400, 'PUT', '/notes/by/title/x', { as: 'bob', json: { ...selector } })
  })

  test('class 5: a field with a rule is null to others in every answer, order and condition', async () => {
    const { ids } = siege()
    for (const as of ['bob', undefined] as const) {
      const one = await siege().ask('GET', `/users/${ids.ada}`, { as })
      assert.equal(one.json.salary, null)
      assertNoLeak((await siege().ask('GET', '/users?limit=100')).text, 'users')
    }
    assert.equal((await siege().ask('GET', `/users/${ids.ada}`, { as: 'ada' })).json.salary, Number(canaries.salary))
    // An editor may write the row and not read the field: neither the answer nor an entity tag may tell.
    const seen = await siege().ask('GET', `/users/${ids.ada}`, { as: 'eve' })
    const guess = seen.text
      .replace('"salary":null', `"salary":${canaries.salary}`)
      .replace('"salary": null', `"salary": ${canaries.salary}`)
    assert.notEqual(guess, seen.text)
    const { createHash } = await import('node:crypto')
    const etag = `"${createHash('md5').update(guess).digest('hex')}"`
    await siege().refused(412, 'PATCH', `/users/${ids.ada}`, {
      as: 'eve',
      json: { bio: 'x' },
      headers: { 'If-Match': etag },
    })
    const written = await siege().ask('PATCH', `/users/${ids.ada}`, {
      as: 'eve',
      json: { bio: 'seen' },
      headers: { 'If-Match': seen.headers.get('etag') ?? '' },
    })
    assert.deepEqual([written.status, written.json.salary], [200, null], written.text)
    const granted = await siege().ask('POST', '/api/grant', { as: 'eve', json: { userId: ids.bob, salary: 5 } })
    assert.deepEqual([granted.status, granted.json?.user.salary], [200, null], 'what one wrote is still not read')
  })

  test('class 6: no alias, group, function or projection shows what is hidden', async () => {
    for (const list of lists) {
      for (const name of [
        'fields',
        'select',
        'columns',
        'alias',
        'alias[code]',
        'as',
        'groupBy',
        'group',
        'aggregate',
        'aggregate[max]',
        'max',
        'min',
        'sum',
        'avg',
        'distinct',
        'include',
        'expand',
        'populate',
        'view',
        'with',
        'join',
        'having',
        'format',
        'fn',
        '_fields',
        '$select',
      ])
        await siege().refused(400, 'GET', `/${list}?${query(name, 'code,password,email,*')}`, { as: 'bob' })
    }
    for (const path of [`/notes/${siege().things.open}`, '/auth/me', '/api/account', `/users/${siege().ids.bob}`])
      await siege().refused(400, 'GET', `${path}?fields=password`, { as: 'bob' })
  })

  test('class 7: a search for a known secret finds nothing, whoever asks', async () => {
    for (const list of lists) {
      for (const name of ['q', 'search', 'query', 's', 'term', 'text', '$text', '_q', 'keyword'])
        await siege().refused(400, 'GET', `/${list}?${query(name, 'canary')}`)
    }
    for (const as of callers) {
      for (const secret of [...Object.values(canaries), 'canary', '$argon2id', emailOf('ada'), '%', '_', '\\']) {
        for (const [list, name] of [
          ['notes', 'title[contains]'],
          ['notes', 'owner.handle[contains]'],
          ['notes', 'labels.name[contains]'],
          ['users', 'handle[contains]'],
          ['labels', 'name[contains]'],
        ]) {
          const answer = await siege().ask('GET', `/${list}?count=true&${query(name ?? '', secret)}`, { as })
          assert.deepEqual(
            [answer.status, answer.json.items, answer.json.total],
            [200, [], 0],
            `${list} ${name}=${secret}`,
          )
        }
      }
    }
  })

  test('class 10: every answer that shows an account shows the declared fields and no others', async () => {
    const { ids } = siege()
    const fresh = await siege().ask('POST', '/auth/register', {
      json: { email: 'ten.canary@example.com', password, handle: 'ten' },
    })
    assert.deepEqual([fresh.status, Object.keys(fresh.json).sort()], [201, ['expiresAt', 'token']])
    const again = await siege().ask('POST', '/auth/sign-in', { json: { email: 'ten.canary@example.com', password } })
    assert.deepEqual([again.status, Object.keys(again.json).sort()], [200, ['expiresAt', 'token']])
    const own = [emailOf('bob')]
    for (const [method, path, json] of [
      ['GET', '/auth/me'],
      ['GET', '/api/account'],
      ['GET', `/users/${ids.bob}`],
      ['GET', `/users/${ids.ada}`],
      ['GET', '/users?limit=100'],
      ['PATCH', `/users/${ids.bob}`, { bio: 'changed' }],
      ['POST', '/batch', { operations: [{ operation: 'auth.me' }, { operation: 'user.list', input: {} }] }],
    ] as const) {
      const answer = await siege().ask(method, path, { as: 'bob', ...(json ? { json } : {}) })
      assert.equal(answer.status, 200, answer.text)
      assertNoLeak(answer.text, path, [...own, canaries.salary])
      assert.doesNotMatch(answer.text, /"(password|recoveryToken|recovery_token|code|reason|createdAt)"/, path)
    }
    const me = await siege().ask('GET', '/auth/me', { as: 'bob' })
    assert.deepEqual(Object.keys(me.json), ['id', 'handle', 'email', 'role'])
    const one = await siege().ask('GET', `/users/${ids.bob}`, { as: 'ada' })
    assert.deepEqual(Object.keys(one.json), ['id', 'handle', 'bio', 'salary', 'notes', 'audits'])
    const out = await siege().ask('POST', '/auth/sign-out', {
      headers: { Authorization: `Bearer ${again.json.token}` },
    })
    assert.deepEqual([out.status, out.text], [204, ''])
  })
})
