import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start, system } from 'bede'
import app from '../app.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {}, with: () => quiet }

test('a suspended account is out of sight, with all it wrote, for everybody but itself', async () => {
  const backend = await start(app, { database: 'memory://', mode: 'development', log: quiet })
  try {
    const sees = async (id: string | null, operation: string, input: object) => {
      const { answer } = await backend.call(operation, input, id === null ? null : { id })
      return JSON.parse(answer.kind === 'json' ? answer.text : 'null')
    }
    const member = async (username: string) => {
      const user = { username, email: `${username}@example.com`, password: 'correct horse' }
      const { user: made } = await sees(null, 'register', { body: { user } })
      return String((await backend.authenticate(made.token))?.id)
    }
    const [ann, spammer] = [await member('ann'), await member('spammer')]
    const article = (title: string, tagList: string[]) => ({
      body: { article: { title, description: '', body: '…', tagList } },
    })
    const { article: good } = await sees(ann, 'postArticle', article('Good', ['tea']))
    const { article: spam } = await sees(spammer, 'postArticle', article('Spam', ['pills']))
    const there = { params: { slug: good.slug } }
    await sees(spammer, 'postFavorite', there)
    await sees(spammer, 'postComment', { ...there, body: { comment: { body: 'Buy pills' } } })

    const view = async (id: string | null) => ({
      titles: (await sees(id, 'listArticles', {})).articles.map(({ title }: { title: string }) => title),
      count: (await sees(id, 'listArticles', {})).articlesCount,
      tags: (await sees(id, 'listTags', {})).tags,
      favorites: (await sees(id, 'getArticle', there)).article.favoritesCount,
      comments: (await sees(id, 'listComments', there)).comments.length,
    })
    const everything = { titles: ['Spam', 'Good'], count: 2, tags: ['pills', 'tea'], favorites: 1, comments: 1 }
    assert.deepEqual(await view(ann), everything)

    await assert.rejects(sees(ann, 'suspend', { username: 'spammer' }), { code: 'forbidden' })
    await assert.rejects(sees(spammer, 'suspend', { username: 'spammer' }), { code: 'forbidden' })
    assert.deepEqual(await view(ann), everything)
    await backend.call('suspend', { username: 'spammer' }, system('spam'))

    const clean = { titles: ['Good'], count: 1, tags: ['tea'], favorites: 0, comments: 0 }
    assert.deepEqual(await view(ann), clean)
    assert.deepEqual(await view(null), clean)
    await assert.rejects(sees(ann, 'getArticle', { params: { slug: spam.slug } }), { code: 'not-found' })
    await assert.rejects(sees(ann, 'getProfile', { params: { username: 'spammer' } }), { code: 'not-found' })
    await assert.rejects(sees(ann, 'postFollow', { params: { username: 'spammer' } }), { status: 404 })
    assert.deepEqual(await view(spammer), everything)

    await backend.call('suspend', { username: 'spammer', suspended: false }, system('a mistake'))
    assert.deepEqual(await view(null), everything)
  } finally {
    await backend.close()
  }
})
