import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { manifest } from '../fixtures/blog/linked.ts'
import { testStores } from '../support/stores.ts'
import { type Live, people, startLive } from './support/live.ts'

for (const store of await testStores()) {
  describe(`the whole way, on ${store.name}`, { skip: store.skip }, () => {
    let live: Live
    before(async () => {
      live = await startLive(store)
    })
    after(() => live?.close())

    const title = (n: number | string) => ({ article: { title: `Title ${n}`, description: 'd', body: 'b' } })
    const post = (n: number | string, init: Parameters<Live['fetch']>[1] = {}) =>
      live.fetch('/api/articles', { method: 'POST', as: 'jane', json: title(n), ...init })

    /** Refused, with a problem, and nothing is different. */
    const refused = async (status: number, ask: () => Promise<Response>, what = ''): Promise<string> => {
      const earlier = await live.everything()
      const answer = await ask()
      const text = await answer.text()
      assert.equal(answer.status, status, `${what}: ${text}`)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, what)
      assert.equal(await live.everything(), earlier, `${what}: something was written`)
      return text
    }

    test('create, read, list, change and delete, with tags and pages', async () => {
      const made = await post('crud')
      const madeText = await made.text()
      assert.equal(made.status, 201, madeText)
      const { article } = JSON.parse(madeText) as { article: { slug: string } }
      const read = await live.fetch(`/api/articles/${article.slug}`)
      const readText = await read.text()
      assert.equal(read.status, 200)
      assert.equal(read.headers.get('etag'), `"${createHash('md5').update(readText).digest('hex')}"`)
      const known = await live.fetch(`/api/articles/${article.slug}`, {
        headers: { 'If-None-Match': read.headers.get('etag') ?? '' },
      })
      assert.equal(known.status, 304)
      const mine = await live.fetch(`/api/articles/${article.slug}`, { as: 'jane' })
      const etag = mine.headers.get('etag') ?? ''
      const change = { method: 'PUT', as: 'jane', json: { article: { body: 'changed' } } }
      const stale = await refused(412, () =>
        live.fetch(`/api/articles/${article.slug}`, { ...change, headers: { 'If-Match': `"${'0'.repeat(32)}"` } }),
      )
      assert.match(stale, /precondition-failed/)
      await refused(412, () =>
        live.fetch(`/api/articles/${article.slug}`, { ...change, headers: { 'If-Match': 'W/"x"' } }),
      )
      const changed = await live.fetch(`/api/articles/${article.slug}`, { ...change, headers: { 'If-Match': etag } })
      assert.equal(changed.status, 200, await changed.clone().text())
      const again = await live.fetch(`/api/articles/${article.slug}`, { as: 'jane' })
      assert.equal(
        again.headers.get('etag'),
        changed.headers.get('etag'),
        'the tag of a write is the tag of the next read',
      )
      await refused(
        412,
        () => live.fetch(`/api/articles/${article.slug}`, { ...change, headers: { 'If-Match': etag } }),
        'lost update',
      )
      const gone = await live.fetch(`/api/articles/${article.slug}`, { method: 'DELETE', as: 'jane' })
      assert.deepEqual([gone.status, await gone.text()], [204, ''])
      await refused(404, () => live.fetch(`/api/articles/${article.slug}`))
    })

    test('pages follow one another by their links to the last', async () => {
      for (let n = 0; n < 5; n++) assert.equal((await post(`page ${n}`)).status, 201)
      const seen: string[] = []
      let next: string | undefined = '/articles?limit=2&sort=createdAt'
      while (next !== undefined) {
        const answer: Response = await live.fetch(next)
        const text = await answer.text()
        assert.equal(answer.status, 200, text)
        const page = JSON.parse(text) as { items: { slug: string }[]; next: string | null }
        assert.ok(page.items.length <= 2)
        seen.push(...page.items.map(({ slug }) => slug))
        next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
        assert.equal(next === undefined, page.next === null)
      }
      assert.equal(new Set(seen).size, seen.length)
      assert.ok(seen.length >= 5)
    })

    test('the same key twice is one change, and another body under it is refused', async () => {
      const headers = { 'Idempotency-Key': 'key-1' }
      const first = await post('once', { headers })
      const text = await first.text()
      assert.deepEqual([first.status, first.headers.get('idempotent-replayed')], [201, null], text)
      const earlier = await live.everything()
      const second = await post('once', { headers })
      assert.deepEqual(
        [second.status, second.headers.get('idempotent-replayed'), await second.text()],
        [201, 'true', text],
      )
      assert.equal(await live.everything(), earlier)
      assert.match(await refused(422, () => post('other', { headers })), /idempotency-mismatch/)
    })

    test('Prefer: return=minimal writes and says nothing', async () => {
      const answer = await post('minimal', { headers: { Prefer: 'return=minimal' } })
      assert.deepEqual([await answer.text(), answer.headers.get('preference-applied')], ['', 'return=minimal'])
      assert.ok([201, 204].includes(answer.status))
    })

    test('a batch is all or nothing, and says which one was wrong', async () => {
      const create = (n: string) => ({ operation: 'postArticle', input: { body: title(n) } })
      const batch = (operations: unknown[], as?: string) =>
        live.fetch('/batch', { method: 'POST', json: { operations }, ...(as ? { as } : {}) })
      const done = await batch([create('b1'), { operation: 'article.list', input: { title: 'Title b1' } }], 'jane')
      const text = await done.text()
      assert.equal(done.status, 200, text)
      const parts = JSON.parse(text) as { status: number; body: { items: { title: string }[] } }[]
      assert.deepEqual(
        parts.map(({ status }) => status),
        [201, 200],
      )
      assert.equal(parts[1]?.body.items[0]?.title, 'Title b1', 'a later one sees what an earlier one did')
      const wrong = await refused(422, () =>
        batch(
          [
            create('b2'),
            { operation: 'postArticle', input: { body: { article: { title: '', description: '', body: '' } } } },
          ],
          'jane',
        ),
      )
      assert.match(wrong, /"place":"\/body\/operations\/1\/input\/body\/article\/title"/)
      await refused(401, () => batch([create('b3')]), 'nobody')
      await refused(
        400,
        () => batch([create('b4'), { operation: 'bede_session.list', input: {} }], 'jane'),
        'not exposed',
      )
    })

    test('class 13: no refusal tells of tables, columns, statements or files', async () => {
      const inside =
        /select |insert |pg_|relation|column|constraint|bede_|password|\/src\/|node_modules|at Object|article_|_id\b/i
      const asks: readonly (() => Promise<Response>)[] = [
        () => live.fetch('/articles?sort=nope'),
        () => live.fetch('/articles?status=nope'),
        () => live.fetch('/articles/not-a-uuid'),
        () => live.fetch('/articles?cursor=abc'),
        () => live.fetch('/articles?authorId=x'),
        () => live.fetch('/api/articles', { method: 'POST', as: 'jane', json: { article: { title: 5 } } }),
        () =>
          live.fetch('/api/articles/nothing-here', { method: 'PUT', as: 'jane', json: { article: { title: 'x' } } }),
        () => live.fetch('/nothing'),
        () => post('x', { as: 'nobody-known' }),
      ]
      for (const ask of asks) {
        const answer = await ask()
        const text = await answer.text()
        assert.ok(answer.status >= 400 && answer.status < 500, text)
        assert.ok(!inside.test(text.replaceAll('/batch', '')), text)
      }
    })

    test('class 16: of an id in the path and one in the body, only one can count', async () => {
      const one = (await (await post('sixteen a')).json()) as { article: { slug: string } }
      const rows = (await (await live.fetch('/articles?limit=100', { as: 'jane' })).json()) as {
        items: { slug: string }[]
      }
      assert.ok(rows.items.some(({ slug }) => slug === one.article.slug))
      const id = people.jane!.id
      await refused(400, () =>
        live.fetch(`/articles/${id}`, { method: 'PATCH', as: 'jane', json: { id: people.jake!.id, title: 'x' } }),
      )
      await refused(400, () =>
        live.fetch(`/articles/${id}?id=${people.jake!.id}`, { method: 'PATCH', as: 'jane', json: { title: 'x' } }),
      )
      await refused(400, () =>
        live.fetch('/api/articles', { method: 'POST', as: 'jane', json: { ...title('x'), params: { slug: 'y' } } }),
      )
    })

    test('class 23: nothing a body says makes somebody else of its sender', async () => {
      for (const extra of [
        { actor: people.edna },
        { authorId: people.jake!.id },
        { role: 'editor' },
        { actor: { id: people.jake!.id } },
      ]) {
        await refused(400, () =>
          live.fetch('/api/articles', {
            method: 'POST',
            as: 'jane',
            json: { article: { ...title('x').article, ...extra } },
          }),
        )
        await refused(400, () =>
          live.fetch('/api/articles', { method: 'POST', as: 'jane', json: { ...title('x'), ...extra } }),
        )
      }
    })

    test('class 53: HEAD sees what GET sees, and no more', async () => {
      const draft = await live.fetch('/articles', {
        method: 'POST',
        as: 'jane',
        json: { slug: 'a-draft', title: 'Draft', body: 'b', status: 'draft' },
      })
      assert.equal(draft.status, 201, await draft.text())
      for (const as of [undefined, 'jake', 'jane']) {
        const init = as === undefined ? {} : { as }
        const got = await live.fetch('/api/articles/a-draft', init)
        const head = await live.fetch('/api/articles/a-draft', { ...init, method: 'HEAD' })
        await got.text()
        assert.deepEqual([head.status, await head.text()], [got.status, ''], as)
        assert.equal(got.status, as === 'jane' ? 200 : 404)
        assert.equal(head.headers.get('content-length'), got.headers.get('content-length'), as)
      }
    })

    test('class 58: what one actor was shown is not shown to the next', async () => {
      const mine = await live.fetch('/api/user', { as: 'jane' })
      const jane = await mine.text()
      const theirs = await live.fetch('/api/user', {
        as: 'jake',
        headers: { 'If-None-Match': mine.headers.get('etag') ?? '' },
      })
      assert.equal(theirs.status, 200)
      assert.notEqual(await theirs.text(), jane)
      await refused(401, () => live.fetch('/api/user', { headers: { 'If-None-Match': '*' } }))
    })

    test('class 64: no query parameter is anything but a value', async () => {
      const marks = [
        "'",
        '"',
        "' or 1=1--",
        '1;select pg_sleep(9)',
        '$1',
        '%',
        '_',
        '\\',
        "');drop table article;--",
        '{"$ne":null}',
        'status::text',
        '(select 1)',
        'case when 1 then 1 end',
        '/**/',
        '\n',
        '😀',
        'null',
        '-',
        '--',
        ',',
        '-title,-title',
      ]
      const names = Object.keys(manifest.operations['article.list']?.http?.query ?? {})
      // Of equality it is known what it finds; the others must only not fail.
      const exact = new Set(['title', 'tags.name', 'author.username'])
      const earlier = await live.everything()
      for (const name of names) {
        for (const mark of marks) {
          const began = performance.now()
          const answer = await live.fetch(`/articles?${new URLSearchParams({ [name]: mark })}`)
          const text = await answer.text()
          assert.ok(
            answer.status === 200 || answer.status === 400 || answer.status === 422,
            `${name}=${mark}: ${answer.status} ${text}`,
          )
          assert.ok(performance.now() - began < 5_000, 'nothing slept')
          if (answer.status === 200 && exact.has(name))
            assert.deepEqual((JSON.parse(text) as { items: unknown[] }).items, [], `${name}=${mark} found something`)
        }
      }
      for (const mark of marks) {
        assert.ok([404, 400].includes((await live.fetch(`/api/articles/${encodeURIComponent(mark)}`)).status), mark)
        const found = (await (await live.fetch(`/api/articles?${new URLSearchParams({ tag: mark })}`)).json()) as {
          articlesCount: number
        }
        assert.equal(found.articlesCount, 0, mark)
      }
      assert.equal(await live.everything(), earlier)
    })

    test('class 75: prototype keys are refused at every depth and change nothing', async () => {
      for (const body of [
        '{"article":{"title":"x","description":"d","body":"b","__proto__":{"status":"draft"}}}',
        '{"__proto__":{"article":{}},"article":{"title":"x","description":"d","body":"b"}}',
        '{"article":{"title":"x","description":"d","body":"b","constructor":{"prototype":{"a":1}}}}',
        '{"article":{"title":"x","description":"d","body":"b","tagList":[{"__proto__":1}]}}',
      ]) {
        await refused(
          400,
          () =>
            live.fetch('/api/articles', {
              method: 'POST',
              as: 'jane',
              body,
              headers: { 'Content-Type': 'application/json' },
            }),
          body,
        )
      }
      assert.equal(({} as Record<string, unknown>).status, undefined)
    })

    test('class 76: a dotted, bracketed or doubled name is no other way to a field', async () => {
      for (const extra of [
        '"article.title":"y"',
        '"article[title]":"y"',
        '"article":{"title":"y","description":"d","body":"b"}',
      ]) {
        const body = `{"article":{"title":"x","description":"d","body":"b"},${extra}}`
        await refused(
          400,
          () =>
            live.fetch('/api/articles', {
              method: 'POST',
              as: 'jane',
              body,
              headers: { 'Content-Type': 'application/json' },
            }),
          body,
        )
      }
    })

    test('class 103: a credential that nobody has is refused even where none is needed', async () => {
      for (const as of ['nobody', '__proto__', 'constructor', 'toString'])
        await refused(401, () => live.fetch('/articles', { as }), as)
    })

    test('text that cannot be stored is refused with its place', async () => {
      for (const [body, place] of [
        ['{"article":{"title":"a\\u0000b","description":"d","body":"b"}}', '/body/article/title'],
        ['{"article":{"title":"x","description":"d","body":"\\ud800"}}', '/body/article/body'],
      ] as const) {
        const text = await refused(400, () =>
          live.fetch('/api/articles', {
            method: 'POST',
            as: 'jane',
            body,
            headers: { 'Content-Type': 'application/json' },
          }),
        )
        assert.ok(text.includes(`"place":"${place}"`), text)
      }
      await refused(400, () => live.fetch('/api/articles/a%00b'))
      await refused(400, () => live.fetch('/api/articles?tag=a%00b'))
    })

    test('a cursor that was tampered with, or is of another list, is refused', async () => {
      const page = (await (await live.fetch('/articles?limit=1')).json()) as { next: string }
      assert.ok(page.next)
      for (const cursor of [
        `${page.next}x`,
        page.next.slice(1),
        page.next.toUpperCase(),
        'e30',
        '',
        Buffer.from('{"a":1}').toString('base64url'),
      ]) {
        await refused(400, () => live.fetch(`/articles?limit=1&cursor=${encodeURIComponent(cursor)}`), cursor)
      }
      await refused(
        400,
        () => live.fetch(`/articles?limit=1&sort=title&cursor=${encodeURIComponent(page.next)}`),
        'another order',
      )
    })

    test('every answer is what the document says', async () => {
      const document = openApiDocument(manifest)
      const ajv = new Ajv2020({ strict: false })
      addFormats.default(ajv)
      ajv.addSchema(JSON.parse(JSON.stringify(document)), 'api')
      const check = async (method: string, path: string, pattern: string, init: Parameters<Live['fetch']>[1] = {}) => {
        const answer = await live.fetch(path, { method: method.toUpperCase(), ...init })
        const text = await answer.text()
        const described = document.paths[pattern]?.[method]?.responses[String(answer.status)]
        assert.ok(described, `${method} ${pattern} answers ${answer.status}: ${text}`)
        const [media = ''] = (answer.headers.get('content-type') ?? '').split(';')
        if (text === '') return
        const step = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
        const reference =
          '$ref' in described
            ? `api${described.$ref}/content/${step(media)}/schema`
            : `api#/paths/${step(pattern)}/${method}/responses/${answer.status}/content/${step(media)}/schema`
        const validate = ajv.getSchema(encodeURI(reference))
        assert.ok(validate, reference)
        assert.ok(validate(JSON.parse(text)), `${method} ${path}: ${ajv.errorsText(validate.errors)}: ${text}`)
      }
      await check('get', '/articles?limit=3&count=true', '/articles')
      await check('get', '/articles?limit=3', '/articles', { as: 'jane' })
      await check('get', '/articles?nope=1', '/articles')
      await check('get', '/api/articles/title-crud', '/api/articles/{slug}')
      await check('get', '/api/articles?limit=2', '/api/articles')
      const { article } = (await (await post('contract')).json()) as { article: { slug: string } }
      await check('post', '/api/articles', '/api/articles', { json: title('contract'), as: 'jane' })
      await check('post', '/api/articles', '/api/articles', { json: title('contract') })
      await check('put', `/api/articles/${article.slug}`, '/api/articles/{slug}', {
        json: { article: { body: 'x' } },
        as: 'jake',
      })
      await check('post', `/api/articles/${article.slug}/favorite`, '/api/articles/{slug}/favorite', { as: 'jake' })
      await check('get', '/api/profiles/jane', '/api/profiles/{username}')
      await check('get', '/api/user', '/api/user', { as: 'jane' })
      await check('get', '/api/tags', '/api/tags')
      await check('post', '/articles/batch', '/articles/batch', {
        as: 'jane',
        json: {
          items: [
            { slug: 'bulk', title: 'T', body: 'b' },
            { slug: 'bulk', title: 'T', body: 'b' },
          ],
        },
      })
      await check('get', '/health/ready', '/health/ready')
      await check('post', '/batch', '/batch', {
        as: 'jane',
        json: { operations: [{ operation: 'article.list', input: { limit: 1 } }] },
      })
      await check('delete', `/api/articles/${article.slug}`, '/api/articles/{slug}', { as: 'jane' })
    })

    test('a page for people is shown as one, with its text escaped', async () => {
      assert.equal(
        (
          await live.fetch('/articles', {
            method: 'POST',
            as: 'jane',
            json: { slug: 'evil', title: '<script>alert(1)</script>', body: 'b' },
          })
        ).status,
        201,
      )
      const page = await live.fetch('/articles/evil/page')
      const text = await page.text()
      assert.equal(page.status, 200, text)
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
      assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
      assert.ok(text.includes('&lt;script&gt;') && !text.includes('<script>'), text)
    })
  })
}
