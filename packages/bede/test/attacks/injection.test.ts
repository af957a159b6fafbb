import assert from 'node:assert/strict'
import { link } from '../../src/identity/link.ts'
import { start } from '../../src/identity/start.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { postgresUrl } from '../support/postgres.ts'
import { hostile, membered, misnamed } from './support/hostile.ts'
import { assertNoLeak, canaries, onBothStores, password, test } from './support/siege.ts'

/** Section F of the attack classes: injection. */

const corpus = [
  "'",
  "''",
  '"',
  '`',
  '\\',
  "\\'",
  ';',
  '--',
  '/*',
  '*/',
  '#',
  '%',
  '_',
  '$1',
  '$$',
  '$x$',
  '?',
  ':x',
  '@x',
  '{}',
  '[]',
  '()',
  ',',
  '.',
  '..',
  '*',
  "' or '1'='1",
  "' or 1=1--",
  '" or ""="',
  "') or ('1'='1",
  "1' order by 100--",
  '\' union select password from "user"--',
  "';drop table note;--",
  "'; select pg_sleep(9); --",
  '\'||(select password from "user" limit 1)||\'',
  "\\'; select 1;--",
  '%27%20or%201=1',
  'ʼ or 1=1',
  '＇ or 1=1',
  '\u02b9',
  "E'\\x27'",
  "U&'\\0027'",
  '0x27',
  'null',
  'NULL',
  'true',
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  "array['x']",
  "'{1}'",
  'x::regclass',
  'cast(1 as text)',
  'chr(39)',
  "->>'a'",
  '#>>{a}',
  '@>',
  '~',
  '!~*',
  'similar to',
  'current_user',
  "pg_read_file('/etc/passwd')",
  '{"$ne":null}',
  '{{7*7}}',
  '<%= 7*7 %>',
  '<script>',
  '\u202e',
  '😀',
  '\t',
  '\n',
  ' ',
  '  x',
]
/** Of equality it is known what it finds; the others must only not fail. */
const exact = new Set(['title', 'name', 'handle', 'labels.name', 'owner.handle'])
const query = (name: string, value: string) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`

await onBothStores('injection', (siege) => {
  test('class 64: no parameter, path or header is anything but a value', async () => {
    const earlier = await siege().everything()
    for (const [, { http }] of Object.entries(siege().backend.manifest.operations)) {
      if (http?.method !== 'GET') continue
      const base = http.path.replace(/:\w+/, 'open')
      for (const name of Object.keys(http.query)) {
        for (const value of corpus) {
          const answer = await siege().ask('GET', `${base}?${query(name, value)}`, { as: 'bob' })
          // A handler that makes a header of it fails, and says no more.
          if (name === 'value' && /[^\x20-\x7e]/.test(value)) continue
          assert.ok(
            [200, 400, 404, 422].includes(answer.status),
            `${base} ${name}=${value}: ${answer.status} ${answer.text}`,
          )
          assertNoLeak(answer.text, `${base} ${name}=${value}`, ['bob.canary@example.com', canaries.salary])
          if (answer.status === 200 && exact.has(name) && !base.startsWith('/api'))
            assert.deepEqual(answer.json.items, [], `${base} ${name}=${value} found something`)
        }
      }
      if (!http.path.includes(':')) continue
      for (const value of corpus) {
        const answer = await siege().ask('GET', http.path.replace(/:\w+/, encodeURIComponent(value)), { as: 'bob' })
        assert.ok([200, 400, 404, 422].includes(answer.status), `${http.path} ${value}: ${answer.text}`)
        if (!/page/.test(http.path) && value !== '..' && value !== '.')
          assert.ok(answer.status !== 200, `${http.path} ${value}: ${answer.text}`)
      }
    }
    for (const value of ['%', '_', '\\', '%e%', '____', '\\%', '[a-z]%', '.*', '^o', 'o|b']) {
      for (const name of [
        'title[contains]',
        'title[startsWith]',
        'title[endsWith]',
        'owner.handle[contains]',
        'labels.name[endsWith]',
      ])
        assert.deepEqual(
          (await siege().ask('GET', `/notes?${query(name, value)}`)).json.items,
          [],
          `${name}=${value}: a letter and no pattern`,
        )
    }
    assert.equal(await siege().everything(), earlier)
  })

  test('class 65: JSON is kept as it came, and no path into it can be asked', async () => {
    const paths = [
      'settings',
      'settings.a',
      'settings[a]',
      'settings->a',
      "settings->>'a'",
      'settings#>>{a}',
      'settings::text',
      "settings'",
      'settings[contains]',
      'settings[eq]',
      'settings[has]',
      'settings.a[eq]',
      'settings$.a',
      'settings[0]',
      "settings.a'||(select 1)||'",
      'settings.a"::text--',
      'settings.\u0027',
    ]
    for (const path of paths) {
      await siege().refused(400, 'GET', `/notes?${query(path, '1')}`)
      await siege().refused([400, 422], 'GET', `/notes?${query('sort', path)}`)
    }
    for (const value of [...corpus, canaries.code].filter((text) => !text.includes('canary'))) {
      const settings = {
        [value]: value,
        "a'b": { 'c"d': [value, null, 1.5, { '->>': '::text' }] },
        $ne: null,
        isRaw: true,
        '': '',
      }
      const made = await siege().ask('PUT', '/notes/by/title/of%20bob', { as: 'bob', json: { settings } })
      assert.deepEqual([made.status, made.json.settings], [200, settings], made.text)
      const read = await siege().ask('GET', `/notes/${siege().things.bobs}`)
      assert.deepEqual(read.json.settings, settings)
    }
  })

  test('class 66: the items of a list are values, whatever they are mixed from', async () => {
    for (const value of corpus) {
      for (const name of [
        'title[in]',
        'owner.handle[in]',
        'labels.name[in]',
        'status[in]',
        'rank[in]',
        'createdAt[in]',
      ]) {
        const answer = await siege().ask('GET', `/notes?${query(name, `zz,${value},1) or (1=1`)}`)
        assert.ok([200, 400, 422].includes(answer.status), answer.text)
        if (answer.status === 200) assert.deepEqual(answer.json.items, [], `${name} ${value}`)
      }
    }
    const listed = (value: unknown) =>
      siege().refused([400, 422], 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: 'note.list', input: { 'title[in]': value } }] },
      })
    for (const value of [
      [1],
      [['open']],
      [{ $ne: null }],
      [null],
      'open',
      { 0: 'open' },
      [true, 'x'],
      [],
      Array.from({ length: 101 }, (_, n) => `${n}`),
    ])
      await listed(value)
    for (const ids of [['1 or 1=1'], [[1]], [{}], [null], ['*'], [1.5], [-0.5], ["1'"], [true]])
      await siege().refused([400, 422], 'POST', '/notes/batch/delete', { as: 'ada', json: { ids } })
  })

  test('class 67: names come from the declaration, and a declaration with another kind of name does not start', async () => {
    for (const name of [
      'title" from "user"--',
      'title";drop table note;--',
      'title) or (1=1',
      'title as x',
      'title::regclass',
      '"title"',
      'note.title',
      'TITLE',
      'title ',
      'título',
      'title\u0000x'.replace('\u0000', '%00'),
    ]) {
      await siege().refused(400, 'GET', `/notes?${query(name, 'x')}`)
      await siege().refused([400, 422], 'GET', `/notes?${query('sort', name)}`)
      await siege().refused(400, 'POST', '/notes', { as: 'bob', json: { title: 'named', [name]: 'x' } })
      await siege().refused(400, 'PATCH', `/notes/${siege().things.bobs}`, { as: 'bob', json: { [name]: 'x' } })
      await siege().refused(400, 'POST', '/notes/batch', {
        as: 'bob',
        json: { items: [{ title: 'named', [name]: 'x' }] },
      })
    }
    for (const declared of misnamed) {
      await assert.rejects(
        async () => start(declared(), { database: siege().store.url, mode: 'development' }),
        isProblem,
      )
      assert.throws(() => link(declared()), isProblem)
    }
    assert.equal(
      (await siege().rows("select count(*)::text from pg_tables where tablename like '%drop%'"))[0]?.[0],
      '0',
    )
  })

  test('class 68: an object with marks is refused where text is expected, and is data where JSON is', async () => {
    const markers = [
      { isRaw: true, sql: '1=1' },
      { __raw: 'now()' },
      { raw: 'now()' },
      { $raw: 'x' },
      { kind: 'literal', value: 'x' },
      { kind: 'input', path: ['title'] },
      { kind: 'field', row: 'row', field: 'password' },
      { type: 'sql', text: '1', values: [] },
      { sql: 'select 1', params: [], shape: [] },
      { toPostgres: 'x' },
      { toJSON: 'x' },
      { _bsontype: 'ObjectId' },
      { $ref: '#/x' },
      { length: 1, 0: 'x' },
      ['x'],
      { '@type': 'x' },
      { 'bede.system': 'why' },
    ]
    for (const marker of markers) {
      await siege().refused([400, 422], 'POST', '/notes', { as: 'bob', json: { title: marker } })
      await siege().refused([400, 422], 'POST', '/notes', { as: 'bob', json: { title: 'x', rank: marker } })
      await siege().refused([400, 422], 'PATCH', `/users/${siege().ids.bob}`, { as: 'bob', json: { password: marker } })
      await siege().refused([400, 422], 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: 'page.get', input: { id: marker } }] },
      })
      await siege().refused([400, 422], 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: marker, input: {} }] },
      })
      const kept = await siege().ask('PATCH', `/notes/${siege().things.bobs}`, {
        as: 'bob',
        json: { settings: marker },
      })
      assert.deepEqual([kept.status, kept.json.settings], [200, marker], kept.text)
    }
  })

  test('class 71: an operator is no credential, id or token', async () => {
    const operators: unknown[] = [
      { $ne: null },
      { $gt: '' },
      { $regex: '.*' },
      { $in: ['ada'] },
      { ne: '' },
      ['ada.canary@example.com'],
      [['x']],
      null,
      true,
      0,
      1,
      { toString: 'x' },
      { length: 12 },
    ]
    for (const value of operators) {
      await siege().refused([400, 422], 'POST', '/auth/sign-in', { json: { email: value, password } })
      await siege().refused([400, 422], 'POST', '/auth/sign-in', {
        json: { email: 'ada.canary@example.com', password: value },
      })
      await siege().refused([400, 422], 'POST', '/auth/register', { json: { email: value, password, handle: 'op' } })
      await siege().refused(401, 'GET', '/auth/me', { headers: { Authorization: `Bearer ${JSON.stringify(value)}` } })
      await siege().refused([400, 422], 'POST', '/batch', {
        json: { operations: [{ operation: 'user.get', input: { id: value } }] },
      })
    }
    await siege().refused(400, 'POST', '/auth/sign-in?email[$ne]=x', {
      json: { email: 'ada.canary@example.com', password },
    })
    await siege().refused(415, 'POST', '/auth/sign-in', {
      body: 'email[$ne]=&password[$ne]=',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
  })

  test('class 69: a default is a value, whatever it looks like', async () => {
    const { app, defaults } = hostile()
    const database = siege().store.name === 'PGlite' ? 'memory://' : ((await postgresUrl()) ?? '')
    const backend = await start(app, { database, mode: 'development' })
    try {
      const { answer } = await backend.call('thing.create', { data: {} })
      assert.deepEqual(answer.kind === 'json' && JSON.parse(answer.text), defaults)
    } finally {
      await backend.close()
    }
  })

  test('class 65: a member of a document is named by a value, whatever it looks like', async () => {
    const { app, members } = membered()
    const database = siege().store.name === 'PGlite' ? 'memory://' : ((await postgresUrl()) ?? '')
    const backend = await start(app, { database, mode: 'development' })
    try {
      const settings = Object.fromEntries(members.map((name, n) => [name, `value ${n}`]))
      const { answer } = await backend.call('thing.create', { data: { settings } })
      const { id: _, ...shown } = answer.kind === 'json' ? JSON.parse(answer.text) : {}
      assert.deepEqual(shown, Object.fromEntries(members.map((_, n) => [`m${n}`, `value ${n}`])))
    } finally {
      await backend.close()
    }
  })
})
