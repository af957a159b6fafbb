import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Booted, boot } from '../../src/engine/boot.ts'
import type { Actor } from '../../src/engine/call.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { handlers, manifest } from '../fixtures/blog/linked.ts'

const ann: Actor = { id: '01900000-0000-7000-8000-000000000001', role: 'member' }
const bob: Actor = { id: '01900000-0000-7000-8000-000000000002', role: 'editor' }

let backend: Booted
before(async () => {
  // Nothing but JSON and the two handlers: what the declarations said is all in there.
  const copy: Manifest = JSON.parse(JSON.stringify(manifest))
  backend = await boot({ manifest: copy, handlers }, { mode: 'development' })
  for (const [{ id }, name] of [
    [ann, 'ann'],
    [bob, 'bob'],
  ] as const) {
    await backend.connection.query({
      sql: `insert into "user" (id, email, username, password, created_at) values ($1, $2, $3, '', now())`,
      params: [String(id), `${name}@example.org`, name],
      shape: [],
    })
  }
})
after(() => backend.close())

const call = async (operation: string, input: object, actor: Actor | null = null) => {
  const { status, answer } = await backend.engine.call({ operation, input, actor })
  return { status, body: answer.kind === 'json' ? JSON.parse(answer.text) : answer }
}
const refused = (operation: string, input: object, actor: Actor | null = null): Promise<string> =>
  call(operation, input, actor).then(
    () => 'nothing',
    (error) => (isProblem(error) ? error.code : String(error)),
  )
const written = (title: string) => ({
  body: { article: { title, description: '', body: 'text', tagList: ['one', 'two'] } },
})

test('a create with children, read back through a view and through filters', async () => {
  const { status, body } = await call('postArticle', written('Hello, World'), ann)
  assert.equal(status, 201)
  assert.match(body.article.slug, /^hello-world-[0-9a-f]{6}$/)
  assert.deepEqual(body.article.tagList, ['one', 'two'])
  assert.deepEqual(body.article.author, { username: 'ann', bio: null, image: null, following: false })
  const found = await call('listArticles', { query: { tag: 'two', author: 'ann' } })
  assert.deepEqual([found.body.articlesCount, found.body.articles[0].slug], [1, body.article.slug])
  assert.equal((await call('listArticles', { query: { tag: 'three' } })).body.articlesCount, 0)
  const listed = await call('article.list', {
    'tags.name': 'one',
    'status[in]': ['published'],
    'title[contains]': 'World',
    count: true,
  })
  assert.equal(listed.body.total, 1)
})

test('a change leaves alone what was not sent, and everybody else out', async () => {
  const { slug } = (await call('postArticle', written('First title'), ann)).body.article
  const same = await call('putArticle', { params: { slug }, body: { article: { description: 'new' } } }, ann)
  assert.deepEqual(
    [same.body.article.slug, same.body.article.description, same.body.article.body],
    [slug, 'new', 'text'],
  )
  const renamed = await call('putArticle', { params: { slug }, body: { article: { title: 'Second title' } } }, bob)
  assert.match(renamed.body.article.slug, /^second-title-/)
  const stranger: Actor = { id: '01900000-0000-7000-8000-000000000003', role: 'member' }
  const before = await call('getArticle', { params: { slug: renamed.body.article.slug } })
  assert.equal(await refused('removeArticle', { params: { slug: renamed.body.article.slug } }, stranger), 'forbidden')
  assert.equal(
    await refused('putArticle', { params: { slug: 'nothing-here' }, body: { article: {} } }, ann),
    'not-found',
  )
  assert.equal(await refused('postArticle', written('x'), null), 'unauthenticated')
  assert.deepEqual(await call('getArticle', { params: { slug: renamed.body.article.slug } }), before)
})

test('what is kept when it exists, and fine when it is absent', async () => {
  const { slug } = (await call('postArticle', written('Liked'), ann)).body.article
  const at = { params: { slug } }
  for (const _ of [1, 2]) assert.equal((await call('postFavorite', at, bob)).body.article.favoritesCount, 1)
  assert.equal((await call('getArticle', at, ann)).body.article.favorited, false)
  for (const _ of [1, 2]) assert.equal((await call('removeFavorite', at, bob)).body.article.favoritesCount, 0)
  assert.equal(await refused('postFavorite', { params: { slug: 'nothing-here' } }, bob), 'not-found')
})

test('preconditions, upserts and bulk writes', async () => {
  const draft = { slug: 'draft', title: 'Draft', body: '', status: 'draft' }
  await call('article.create', { data: draft }, ann)
  const again = await call('article.upsert', { data: { ...draft, title: 'Still a draft' } }, ann)
  assert.equal(again.body.title, 'Still a draft')
  const outcomes = await call('article.createMany', { items: [{ slug: 'm1', title: 'M1', body: '' }, draft] }, ann)
  assert.deepEqual(
    outcomes.body.map((one: { status: string }) => one.status),
    ['created', 'refused'],
  )
  const [{ id }] = outcomes.body
  assert.equal(await refused('publish', { id }, ann), 'conflict')
  const changed = await call('article.updateMany', { items: [{ id, status: 'draft' }] }, ann)
  assert.equal(changed.body[0].status, 'updated')
  assert.equal((await call('publish', { id }, ann)).status, 200)
})

test('handlers answer with html, and their writes are policed', async () => {
  const { slug } = (await call('postArticle', written('<b>Bold</b>'), ann)).body.article
  const page = await call('page', { params: { slug } })
  assert.match(page.body.body, /<h1>&lt;b&gt;Bold&lt;\/b&gt;<\/h1>/)
  assert.equal(await refused('importArticles', { url: 'https://example.org', titles: ['a'] }, ann), 'forbidden')
  assert.equal((await call('importArticles', { url: 'https://example.org', titles: ['imported'] }, bob)).status, 200)
  assert.equal((await call('article.list', { title: 'imported', count: true })).body.total, 1)
})
