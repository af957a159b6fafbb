import assert from 'node:assert/strict'
import { link } from '../../src/identity/link.ts'
import { start } from '../../src/identity/start.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { onBothStores, password, test } from './support/siege.ts'
import { unindexed } from './support/unindexed.ts'

/** Section K of the attack classes: denial of service. */

const json = { 'Content-Type': 'application/json' }

await onBothStores('exhaustion', (siege) => {
  test('class 129: what is too deep, too wide or too long is refused, and the process goes on', async () => {
    const deep = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`
    const wide = (count: number) => `{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join(',')}}`
    const bodies: readonly (readonly [string, number])[] = [
      [`{"title":"x","settings":${deep(10_000, '[', ']')}}`, 400],
      [`{"title":"x","settings":${deep(10_000, '{"a":', '}')}}`, 400],
      [`{"title":"x","settings":${deep(200_000, '[', ']')}}`, 400],
      ['['.repeat(900_000), 400],
      ['{"a":'.repeat(100_000), 400],
      [`{"title":"x","settings":${wide(50_000)}}`, 400],
      [`{"title":"x","settings":${wide(1_000_000)}}`, 413],
      [wide(20_000), 400],
      [`{"title":"x","settings":[${'1,'.repeat(400_000)}1]}`, 400],
      [`{"title":"${'a'.repeat(900_000)}"}`, 422],
      [`{"title":"x","rank":1${'0'.repeat(500_000)}}`, 400],
      [`{"title":"x","rank":0.${'1'.repeat(500_000)}}`, 400],
      [`{"title":"x","rank":1e999999999}`, 400],
      [`{"title":"x","body":"${'\\u0041'.repeat(150_000)}"}`, 422],
      ['"'.repeat(100_000), 400],
      [' '.repeat(1_000_000), 400],
      [`{"title":"${'\\'.repeat(100_001)}"}`, 400],
    ]
    for (const [body, status] of bodies) {
      for (const [method, path] of [
        ['POST', '/notes'],
        ['PUT', '/notes/by/title/x'],
        ['PATCH', `/notes/${siege().things.bobs}`],
        ['POST', '/batch'],
        ['POST', '/notes/batch'],
        ['POST', '/auth/sign-in'],
      ] as const) {
        const answer = await siege().refused([status, 400, 422], method, path, { as: 'bob', body, headers: json })
        assert.ok(answer.text.length < 20_000, `an answer of ${answer.text.length} characters to ${body.slice(0, 40)}`)
      }
    }
    const item = { title: 'x' }
    await siege().refused([400, 422], 'POST', '/notes/batch', {
      as: 'bob',
      json: { items: Array.from({ length: 1001 }, () => item) },
    })
    await siege().refused([400, 422], 'POST', '/batch', {
      as: 'bob',
      json: { operations: Array.from({ length: 101 }, () => ({ operation: 'page.list' })) },
    })
    await siege().refused([400, 422], 'GET', `/notes?${Array.from({ length: 101 }, (_, n) => `a${n}=1`).join('&')}`)
    await siege()
      .refused(
        400,
        'GET',
        `/notes?title[in]=${Array.from({ length: 3000 }, (_, n) => n % 10).join(',')}`.slice(0, 7000),
      )
      .catch(async () => {
        await siege().refused(
          422,
          'GET',
          `/notes?title[in]=${Array.from({ length: 3000 }, (_, n) => n % 10).join(',')}`,
        )
      })
    await siege().refused(414, 'GET', `/notes?title=${'a'.repeat(9_000)}`)
    await siege().refused([400, 422], 'POST', '/auth/sign-in', {
      json: { email: 'ada.canary@example.com', password: 'x'.repeat(500_000) },
    })
    await siege().refused([400, 422], 'POST', '/auth/register', {
      json: { email: 'long@example.com', password: 'x'.repeat(500_000), handle: 'long' },
    })
    await siege().refused([400, 422], 'POST', '/auth/register', {
      json: { email: `${'a.'.repeat(50_000)}@example.com`, password, handle: 'long' },
    })
    await siege().refused([400, 422], 'POST', '/auth/register', {
      json: { email: `a@${'a-'.repeat(50_000)}`, password, handle: 'long' },
    })
    assert.equal((await siege().ask('GET', '/health/ready')).status, 200)
    assert.equal((await siege().ask('GET', '/notes')).status, 200)
  })

  test('class 51: neither a batch nor a bulk multiplies what is dear: no sign-ins in one, few secrets in the other', async () => {
    for (const [operation, input] of [
      ['auth.signIn', { email: 'ada.canary@example.com', password }],
      ['auth.register', { email: 'batch@example.com', password, handle: 'batch' }],
    ] as const) {
      const before = siege().verified.length
      await siege().refused(400, 'POST', '/batch', { json: { operations: [{ operation, input }] } })
      await siege().refused(400, 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: 'note.list' }, ...Array.from({ length: 99 }, () => ({ operation, input }))] },
      })
      assert.equal(siege().verified.length, before, 'nothing was compared')
    }
    const doors = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `door ${n}`, code: 'abcdef' }))
    await siege().refused([400, 422], 'POST', '/doors/batch', { as: 'bob', json: { items: doors(21) } })
    await siege().refused([400, 422], 'POST', '/doors/batch', { as: 'bob', json: { items: doors(1000) } })
    const few = await siege().ask('POST', '/doors/batch', { as: 'bob', json: { items: doors(3) } })
    assert.ok(
      few.json.every(({ status }: { status: string }) => status === 'created'),
      few.text,
    )
    const kept = await siege().rows("select code from door where name like 'door %'")
    assert.ok(
      kept.length === 3 && kept.every(([code]) => code?.startsWith('$argon2id$')),
      'each is hashed, in a bulk too',
    )
  })

  test('class 130: a filter that no index serves does not start, and every declared one has an index that begins with it', async () => {
    for (const declared of unindexed) {
      assert.throws(
        () => link(declared()),
        (error) => isProblem(error) && JSON.stringify(error.details).includes('missing-index'),
      )
      await assert.rejects(start(declared(), { database: siege().store.url, mode: 'development' }), isProblem)
    }
    const { manifest } = siege().backend
    for (const [name, operation] of Object.entries(manifest.operations)) {
      if (operation.kind !== 'read' || !operation.http || operation.answers?.kind !== 'page') continue
      const model = manifest.models[operation.answers.from.model ?? '']
      for (const parameter of Object.keys(operation.http.query)) {
        const [path = ''] = parameter.split('[')
        if (['sort', 'limit', 'cursor', 'count'].includes(path)) continue
        const [first = '', second] = path.split('.')
        const owner = second === undefined ? model : manifest.models[model?.relations[first]?.model ?? '']
        const column = owner?.fields[second ?? first]?.column
        const indexed = await siege().rows(
          `select 1 from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] where i.indrelid = '"${owner?.table}"'::regclass and a.attname = '${column}'`,
        )
        assert.ok(indexed.length > 0, `${name}: ${parameter} has no index in the database`)
      }
    }
    // What costs is limited besides: no page is larger than its limit, and no list is without one.
    for (const list of ['notes', 'users', 'labels']) {
      await siege().refused([400, 422], 'GET', `/${list}?limit=101`)
      await siege().refused([400, 422], 'GET', `/${list}?limit=1000000000`)
    }
  })
})
