import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyone, isProblem, link } from '../../src/index.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { verify } from '../../src/manifest/verify.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { actorOf, idOf, problemOf, running } from '../writes/support/running.ts'
import { planOf } from './support/plan.ts'
import { press } from './support/press.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test breaks what a type would hold
type Mutable = any

const rows = [
  [1, 'The fox', 'Nothing else here.', false],
  [2, 'A story', 'Foxes are running, and one fox runs after another fox.', false],
  [3, 'Cooking', '<script>alert(1)</script> a fox & "friends"', false],
  [4, 'Secret fox', 'canary', true],
  [5, 'Dogs', null, false],
] as const

for (const { store, run } of await running(press(), ['author', 'article', 'bede.history_article'])) {
  const options = { skip: store.skip }
  const on = async () => {
    const it = await run()
    await it.rows('delete from article')
    await it.rows('delete from author')
    await it.rows(`insert into author (id, name, notes) values ('${idOf(1)}', 'Ann', 'canary')`)
    for (const [n, title, body, draft] of rows)
      await it.rows(
        `insert into article (id, title, body, draft, author_id) values ('${idOf(10 + n)}', '${title}', ${body === null ? 'null' : `'${body}'`}, ${draft}, '${idOf(1)}')`,
      )
    const found = async (input: object, as: ReturnType<typeof actorOf> | null = null): Promise<string[]> =>
      (await it.as(as, 'article.list', input)).json.items.map(({ title }: { title: string }) => title)
    return { it, found }
  }

  test(`${store.name}: words are found in their forms, the best first, among what may be seen`, options, async () => {
    const { it, found } = await on()
    assert.deepEqual(await found({ q: 'fox' }), ['The fox', 'A story', 'Cooking'])
    assert.deepEqual(await found({ q: 'run' }), ['A story'])
    assert.deepEqual(await found({ q: 'fox', sort: 'title' }), ['A story', 'Cooking', 'The fox'])
    assert.deepEqual(await found({ q: 'fox -friends -story' }), ['The fox'])
    assert.deepEqual((await found({ q: 'dogs or cooking' })).sort(), ['Cooking', 'Dogs'])
    assert.deepEqual(await found({ q: '"running, and one"' }), ['A story'])
    assert.deepEqual(await found({ q: 'canary' }), [])
    assert.deepEqual(await found({ q: 'canary' }, actorOf(1)), ['Secret fox'])
    const { json } = await it.as(null, 'author.list')
    assert.equal(json.items[0].onFoxes, 3)
  })

  test(`${store.name}: a page goes on where the last one ended, in the order of relevance`, options, async () => {
    const { it, found } = await on()
    const titles: string[] = []
    let cursor: string | undefined
    do {
      const { json, next } = await it.as(null, 'article.list', { q: 'fox', limit: 1, ...(cursor && { cursor }) })
      titles.push(...json.items.map(({ title }: { title: string }) => title))
      cursor = next ?? undefined
    } while (cursor !== undefined && titles.length < 9)
    assert.deepEqual(titles, ['The fox', 'A story', 'Cooking'])
    assert.equal((await problemOf(() => found({ sort: 'relevance' }))).code, 'invalid-input')
  })

  test(`${store.name}: a row is found by its new words as soon as it is written`, options, async () => {
    const { it, found } = await on()
    const ann = actorOf(1)
    await it.as(ann, 'article.create', { data: { title: 'Zebras', body: 'striped', authorId: idOf(1) } })
    assert.deepEqual(await found({ q: 'zebra' }), ['Zebras'])
    await it.as(ann, 'article.update', { id: idOf(11), data: { title: 'The zebra' } })
    assert.deepEqual((await found({ q: 'zebra' })).sort(), ['The zebra', 'Zebras'])
    assert.deepEqual(await found({ q: 'fox' }), ['A story', 'Cooking'])
    await it.as(ann, 'article.update', { id: idOf(11), data: { body: null } })
    assert.deepEqual((await found({ q: 'zebra' })).sort(), ['The zebra', 'Zebras'])
    const history = await it.rows('select after::text, before::text, hidden::text from bede.history_article')
    assert.doesNotMatch(JSON.stringify(history), /search|zebra':/)
  })

  test(`${store.name}: class 130: whatever is typed is searched for, and the index finds it`, options, async () => {
    const { it, found } = await on()
    const everything = await it.everything()
    for (const q of [
      "'",
      '"',
      '""',
      '(',
      ')',
      '&',
      '|',
      '!',
      '!!',
      '<->',
      ':*',
      "a'b",
      '\\',
      '%',
      '-',
      '-fox',
      '-fox -dog',
      'or',
      '\u0001',
      '🦊',
      'fox & !',
      '((((',
      "'; drop table article; --",
      'a '.repeat(100),
      '"'.repeat(200),
      '-a'.repeat(100),
      'the',
      'fox or -dogs',
    ])
      assert.ok(Array.isArray(await found({ q })), q)
    assert.deepEqual(await found({ q: '-dogs' }), [])
    assert.deepEqual(await found({ q: 'fox or -dogs' }), [])
    assert.equal((await problemOf(() => found({ q: 'x'.repeat(201) }))).code, 'invalid-value')
    assert.equal((await problemOf(() => found({ q: '' }))).code, 'invalid-value')
    assert.equal(await it.everything(), everything)
    assert.match(await planOf(it, press(), 'article.list', { q: 'fox' }), /Index Scan on article_search_gin/)
  })

  test(`${store.name}: what matches cannot be forged, and nothing is markup`, options, async () => {
    const { it } = await on()
    const parts = async (q: string) => (await it.as(null, 'found', { query: { q } })).json.items
    const [story] = await parts('running')
    assert.equal(story.title, 'A story')
    assert.equal(story.parts.join(''), 'Foxes are running, and one fox runs after another fox')
    assert.equal(story.parts[3], 'runs')
    assert.equal(story.parts[1], 'running')
    assert.ok(story.rank > 0)
    await it.rows(
      `update article set body = 'a ' || chr(2) || 'forged' || chr(3) || ' mark, <img src=x onerror=alert(1)> and a giraffe' where id = '${idOf(15)}'`,
    )
    const [forged] = await parts('giraffe')
    assert.deepEqual(
      forged.parts.filter((_: string, at: number) => at % 2 === 1),
      ['giraffe'],
    )
    assert.ok(!JSON.stringify(forged.parts).includes('\\u000'))
  })
}

test('the document says what may be typed', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument(link(press()).manifest)))
  const { parameters } = document.paths['/articles'].get
  const described = parameters.filter((one: { description?: string }) => one.description?.includes('-without'))
  assert.deepEqual(
    described.map(({ name }: { name: string }) => name),
    ['q'],
  )
})

test('class 7: what is not for everybody is no part of a search', () => {
  const mistakes = (make: () => ReturnType<typeof press>) => {
    try {
      link(make())
    } catch (error) {
      if (isProblem(error)) return error.details.map(({ place, code }) => `${place}: ${code}`)
      throw error
    }
    return []
  }
  assert.deepEqual(mistakes(press), [])
  const guarded = { fields: { body: { read: anyone } } }
  assert.ok(mistakes(() => press({}, guarded)).includes('article.search.weights.body: private-field'))
  const { manifest }: { readonly manifest: Manifest } = link(press())
  const broken = (change: (one: Mutable) => void) => {
    const copy = JSON.parse(JSON.stringify(manifest))
    change(copy.models.article)
    return verify(copy).map(({ place, code }) => `${place}: ${code}`)
  }
  assert.deepEqual(
    broken((one) => {
      one.fields.body.private = true
    }),
    ['article.search.weights.body: private-field'],
  )
  assert.deepEqual(
    broken((one) => {
      one.search.weights.draft = 'C'
    }),
    ['article.search.weights.draft: mismatched-type'],
  )
  assert.deepEqual(
    broken((one) => {
      one.search.language = "english'; drop table article; --"
    }).slice(1),
    ['article.search: invalid-declaration'],
  )
  assert.deepEqual(
    broken((one) => {
      one.indexes = one.indexes.filter(({ method }: { method?: string }) => method === undefined)
    }),
    ['article.search: invalid-declaration'],
  )
})
