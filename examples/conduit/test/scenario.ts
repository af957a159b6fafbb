import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller, Options } from './caller.ts'

/** One part of the contract. Parts run in order and build on what those before have left. */
export interface Part {
  readonly title: string
  readonly run: (caller: Caller) => Promise<void>
}

const password = 'correct horse'
export const tokens: Record<string, string> = {}
const as = (username: string, options: Options = {}): Options => ({ ...options, token: tokens[username] ?? '' })

const write = async (caller: Caller, username: string, article: object) => {
  await sleep(2) // lists are ordered by time, to the millisecond
  return (await caller.call(201, 'POST /articles', as(username, { body: { article } }))).article
}
const titles = (articles: readonly { readonly title: string }[]) => articles.map(({ title }) => title)

export const users: Part = {
  title: 'users register, sign in and change their account',
  run: async (caller) => {
    for (const username of ['ann', 'ben', 'cleo']) {
      const user = { username, email: `${username}@example.com`, password }
      const registered = await caller.call(201, 'POST /users', { body: { user } })
      assert.deepEqual(
        { ...registered.user, token: '' },
        { username, email: `${username}@example.com`, bio: '', image: '', token: '' },
      )
      const { user: signedIn } = await caller.call(200, 'POST /users/login', {
        body: { user: { email: user.email, password } },
      })
      assert.notEqual(signedIn.token, registered.user.token)
      tokens[username] = signedIn.token
    }

    const taken = { username: 'ann', email: 'ann@example.com', password }
    await caller.call(422, 'POST /users', { body: { user: { ...taken, username: 'other' } } })
    await caller.call(422, 'POST /users', { body: { user: { ...taken, email: 'other@example.com' } } })
    const fresh = { username: 'dora', email: 'dora@example.com', password }
    const { email: _, ...withoutEmail } = fresh
    const refused = [
      withoutEmail,
      { ...fresh, email: 'no address' },
      { ...fresh, password: 'short' },
      { ...fresh, username: '' },
      { ...fresh, username: ' dora' },
      { ...fresh, username: 5 },
      { ...fresh, admin: true },
    ]
    for (const user of refused) await caller.call(422, 'POST /users', { body: { user } })
    await caller.call(422, 'POST /users', { body: '{"user":' })
    await caller.call(422, 'POST /users', { body: '{"__proto__":{"x":1}}' })
    await caller.call(415, 'POST /users', { body: 'user=dora', headers: { 'content-type': 'text/plain' } })
    await caller.call(404, 'GET /profiles/{username}', { path: { username: 'dora' } })

    const wrong = await caller.call(401, 'POST /users/login', {
      body: { user: { email: 'ann@example.com', password: 'wrong horse' } },
    })
    const nobody = await caller.call(401, 'POST /users/login', {
      body: { user: { email: 'nobody@example.com', password } },
    })
    assert.deepEqual(wrong, nobody)
    await caller.call(422, 'POST /users/login', { body: { user: { email: 'ann@example.com' } } })

    const { user } = await caller.call(200, 'GET /user', as('ann'))
    assert.deepEqual(user, { username: 'ann', email: 'ann@example.com', bio: '', image: '', token: tokens.ann })
    await caller.call(401, 'GET /user')
    await caller.call(401, 'GET /user', { token: `${tokens.ann}x` })
    await caller.call(401, 'GET /user', { headers: { authorization: `Bearer ${tokens.ann}` } })

    const bio = 'Writes about <dragons> & "knights"'
    const image = 'https://example.com/ann.png'
    const changed = await caller.call(200, 'PUT /user', as('ann', { body: { user: { bio, image } } }))
    assert.deepEqual(
      { ...changed.user, token: '' },
      { username: 'ann', email: 'ann@example.com', bio, image, token: '' },
    )
    const again = await caller.call(200, 'GET /user', as('ann'))
    assert.deepEqual(again.user, { ...changed.user, token: tokens.ann })
    const bad = [
      { username: 'ben' },
      { email: 'ben@example.com' },
      { image: 'javascript:alert(1)' },
      { password: 'short' },
      { id: '1' },
    ]
    for (const user of bad) await caller.call(422, 'PUT /user', as('ann', { body: { user } }))
    await caller.call(401, 'PUT /user', { body: { user: { bio: '' } } })
    assert.deepEqual((await caller.call(200, 'GET /user', as('ann'))).user, again.user)

    const renamed = await caller.call(
      200,
      'PUT /user',
      as('cleo', { body: { user: { username: 'cleopatra', password: 'a longer secret' } } }),
    )
    assert.equal(renamed.user.username, 'cleopatra')
    await caller.call(401, 'POST /users/login', { body: { user: { email: 'cleo@example.com', password } } })
    const back = await caller.call(200, 'POST /users/login', {
      body: { user: { email: 'cleo@example.com', password: 'a longer secret' } },
    })
    tokens.cleo = back.user.token
    await caller.call(200, 'PUT /user', as('cleo', { body: { user: { email: 'Queen@Example.com' } } }))
    const moved = { email: 'QUEEN@example.com', password: 'a longer secret' }
    await caller.call(200, 'POST /users/login', { body: { user: moved } })
    await caller.call(422, 'POST /users', { body: { user: { ...fresh, email: 'queen@EXAMPLE.com' } } })
  },
}

export const profiles: Part = {
  title: 'profiles are public, and following is the follower’s own',
  run: async (caller) => {
    const ann = { path: { username: 'ann' } }
    const nobody = { path: { username: 'nobody' } }
    const { profile } = await caller.call(200, 'GET /profiles/{username}', ann)
    assert.equal(profile.following, false)
    await caller.call(404, 'GET /profiles/{username}', nobody)

    for (const _ of ['once', 'twice']) {
      const { profile } = await caller.call(200, 'POST /profiles/{username}/follow', as('ben', ann))
      assert.equal(profile.following, true)
    }
    assert.equal((await caller.call(200, 'GET /profiles/{username}', as('ben', ann))).profile.following, true)
    assert.equal((await caller.call(200, 'GET /profiles/{username}', as('cleo', ann))).profile.following, false)
    await caller.call(401, 'POST /profiles/{username}/follow', ann)
    await caller.call(404, 'POST /profiles/{username}/follow', as('ben', nobody))

    await caller.call(401, 'DELETE /profiles/{username}/follow', ann)
    assert.equal((await caller.call(200, 'GET /profiles/{username}', as('ben', ann))).profile.following, true)
    for (const _ of ['once', 'twice']) {
      const { profile } = await caller.call(200, 'DELETE /profiles/{username}/follow', as('ben', ann))
      assert.equal(profile.following, false)
    }
    await caller.call(404, 'DELETE /profiles/{username}/follow', as('ben', nobody))
  },
}

export const articles: Part = {
  title: 'articles are read by anybody and written by their author',
  run: async (caller) => {
    const draft = { title: 'How to train your dragon', description: 'Ever wonder how?', body: 'Very carefully.' }
    const article = await write(caller, 'ann', { ...draft, tagList: ['training', 'dragons'] })
    assert.match(article.slug, /^how-to-train-your-dragon-[0-9a-f]{8}$/)
    const { title, description, body, tagList, favorited, favoritesCount, author } = article
    assert.deepEqual({ title, description, body }, draft)
    assert.deepEqual(
      { tagList, favorited, favoritesCount },
      { tagList: ['training', 'dragons'], favorited: false, favoritesCount: 0 },
    )
    assert.equal(author.username, 'ann')
    const twin = await write(caller, 'ann', draft)
    assert.notEqual(twin.slug, article.slug)
    assert.deepEqual(twin.tagList, [])
    assert.match((await write(caller, 'ann', { ...draft, title: 'ドラゴン' })).slug, /^[0-9a-f]{8}$/)

    await caller.call(401, 'POST /articles', { body: { article: draft } })
    const { title: __, ...untitled } = draft
    const refused = [
      untitled,
      { ...draft, title: '' },
      { ...draft, title: 'x'.repeat(141) },
      { ...draft, body: null },
      { ...draft, body: 'a\u0000b' },
      { ...draft, tagList: 'dragons' },
      { ...draft, tagList: ['dragons', 'dragons'] },
      { ...draft, tagList: [''] },
      { ...draft, slug: 'my-own' },
      { ...draft, authorId: '00000000-0000-7000-8000-000000000000' },
    ]
    for (const article of refused) await caller.call(422, 'POST /articles', as('ann', { body: { article } }))
    assert.equal((await caller.call(200, 'GET /articles')).articlesCount, 3)

    const here = { path: { slug: article.slug } }
    const gone = { path: { slug: 'no-such-article' } }
    assert.deepEqual((await caller.call(200, 'GET /articles/{slug}', here)).article, article)
    await caller.call(404, 'GET /articles/{slug}', gone)

    const change = { body: { article: { body: 'With patience.' } } }
    await caller.call(401, 'PUT /articles/{slug}', { ...here, ...change })
    await caller.call(403, 'PUT /articles/{slug}', as('ben', { ...here, ...change }))
    await caller.call(404, 'PUT /articles/{slug}', as('ann', { ...gone, ...change }))
    await caller.call(422, 'PUT /articles/{slug}', as('ann', { ...here, body: { article: { title: '' } } }))
    await caller.call(422, 'PUT /articles/{slug}', as('ann', { ...here, body: { article: { favoritesCount: 9 } } }))
    await caller.call(401, 'DELETE /articles/{slug}', here)
    await caller.call(403, 'DELETE /articles/{slug}', as('ben', here))
    await caller.call(404, 'DELETE /articles/{slug}', as('ann', gone))
    assert.deepEqual((await caller.call(200, 'GET /articles/{slug}', here)).article, article)

    await sleep(2)
    const edited = (await caller.call(200, 'PUT /articles/{slug}', as('ann', { ...here, ...change }))).article
    assert.deepEqual(edited, { ...article, body: 'With patience.', updatedAt: edited.updatedAt })
    assert.ok(edited.updatedAt > article.updatedAt)
    const titled = (
      await caller.call(200, 'PUT /articles/{slug}', as('ann', { ...here, body: { article: { title: 'Dragons!' } } }))
    ).article
    assert.equal(titled.slug, `dragons-${article.slug.slice(-8)}`)
    await caller.call(404, 'GET /articles/{slug}', here)

    await caller.call(204, 'DELETE /articles/{slug}', as('ann', { path: { slug: twin.slug } }))
    await caller.call(404, 'GET /articles/{slug}', { path: { slug: twin.slug } })
    assert.equal((await caller.call(200, 'GET /articles')).articlesCount, 2)
  },
}

export const lists: Part = {
  title: 'articles are listed by tag, author and favorites, a page at a time',
  run: async (caller) => {
    for (const n of [1, 2, 3, 4, 5]) {
      const tagList = n % 2 === 0 ? ['even', `n${n}`] : ['odd']
      await write(caller, 'ben', { title: `Number ${n}`, description: `The ${n}`, body: 'It counts.', tagList })
    }
    const all = await caller.call(200, 'GET /articles')
    assert.deepEqual(titles(all.articles), [
      'Number 5',
      'Number 4',
      'Number 3',
      'Number 2',
      'Number 1',
      'ドラゴン',
      'Dragons!',
    ])
    assert.equal(all.articlesCount, 7)

    const page = await caller.call(200, 'GET /articles', { query: { limit: 2, offset: 1 } })
    assert.deepEqual(titles(page.articles), ['Number 4', 'Number 3'])
    assert.equal(page.articlesCount, 7)
    assert.deepEqual((await caller.call(200, 'GET /articles', { query: { offset: 100 } })).articles, [])

    const even = await caller.call(200, 'GET /articles', { query: { tag: 'even' } })
    assert.deepEqual(titles(even.articles), ['Number 4', 'Number 2'])
    assert.equal(even.articlesCount, 2)
    const anns = await caller.call(200, 'GET /articles', { query: { author: 'ann' } })
    assert.deepEqual(titles(anns.articles), ['ドラゴン', 'Dragons!'])
    const none = await caller.call(200, 'GET /articles', { query: { author: 'ann', tag: 'even' } })
    assert.deepEqual(none, { articles: [], articlesCount: 0 })
    const oneEven = await caller.call(200, 'GET /articles', { query: { author: 'ben', tag: 'even', limit: 1 } })
    assert.deepEqual([titles(oneEven.articles), oneEven.articlesCount], [['Number 4'], 2])

    const [first] = even.articles
    const slug = first?.slug ?? ''
    await caller.call(200, 'POST /articles/{slug}/favorite', as('ann', { path: { slug } }))
    const liked = await caller.call(200, 'GET /articles', as('ann', { query: { favorited: 'ann' } }))
    assert.deepEqual([titles(liked.articles), liked.articlesCount], [['Number 4'], 1])
    assert.equal(liked.articles[0]?.favorited, true)
    assert.equal(
      (await caller.call(200, 'GET /articles', { query: { favorited: 'ann' } })).articles[0]?.favorited,
      false,
    )
    assert.deepEqual((await caller.call(200, 'GET /articles', { query: { favorited: 'nobody' } })).articles, [])

    for (const query of [
      { limit: 0 },
      { limit: 101 },
      { limit: 'ten' },
      { offset: -1 },
      { page: 2 },
      { author: 'a\u0000' },
    ]) {
      await caller.call(422, 'GET /articles', { query })
    }
  },
}

export const feed: Part = {
  title: 'the feed holds the articles of those one follows',
  run: async (caller) => {
    await caller.call(401, 'GET /articles/feed')
    assert.deepEqual(await caller.call(200, 'GET /articles/feed', as('cleo')), { articles: [], articlesCount: 0 })
    await caller.call(200, 'POST /profiles/{username}/follow', as('cleo', { path: { username: 'ben' } }))
    const followed = await caller.call(200, 'GET /articles/feed', as('cleo', { query: { limit: 2, offset: 1 } }))
    assert.deepEqual([titles(followed.articles), followed.articlesCount], [['Number 4', 'Number 3'], 5])
    assert.ok(followed.articles.every(({ author }) => author.username === 'ben' && author.following))
    await caller.call(422, 'GET /articles/feed', as('cleo', { query: { limit: 0 } }))
    await caller.call(422, 'GET /articles/feed', as('cleo', { query: { tag: 'even' } }))
    await caller.call(200, 'DELETE /profiles/{username}/follow', as('cleo', { path: { username: 'ben' } }))
    assert.equal((await caller.call(200, 'GET /articles/feed', as('cleo'))).articlesCount, 0)
  },
}

export const favorites: Part = {
  title: 'favorites are counted once for everybody',
  run: async (caller) => {
    const { slug } = await write(caller, 'ann', { title: 'Liked', description: '', body: 'By some.' })
    const here = { path: { slug } }
    const gone = { path: { slug: 'no-such-article' } }
    const count = async (username: string) => {
      const { favorited, favoritesCount } = (await caller.call(200, 'GET /articles/{slug}', as(username, here))).article
      return [favorited, favoritesCount]
    }
    for (const _ of ['once', 'twice']) {
      const { article } = await caller.call(200, 'POST /articles/{slug}/favorite', as('ben', here))
      assert.deepEqual([article.favorited, article.favoritesCount], [true, 1])
    }
    await caller.call(200, 'POST /articles/{slug}/favorite', as('cleo', here))
    assert.deepEqual(await count('ben'), [true, 2])
    assert.deepEqual(await count('ann'), [false, 2])
    await caller.call(401, 'POST /articles/{slug}/favorite', here)
    await caller.call(404, 'POST /articles/{slug}/favorite', as('ben', gone))
    await caller.call(401, 'DELETE /articles/{slug}/favorite', here)
    await caller.call(404, 'DELETE /articles/{slug}/favorite', as('ben', gone))
    assert.deepEqual(await count('ben'), [true, 2])
    for (const _ of ['once', 'twice']) {
      const { article } = await caller.call(200, 'DELETE /articles/{slug}/favorite', as('ben', here))
      assert.deepEqual([article.favorited, article.favoritesCount], [false, 1])
    }
    await caller.call(204, 'DELETE /articles/{slug}', as('ann', here))
    assert.deepEqual((await caller.call(200, 'GET /articles', { query: { favorited: 'cleo' } })).articles, [])
  },
}

export const comments: Part = {
  title: 'comments stand under an article; their author and the article’s take them away',
  run: async (caller) => {
    const { slug } = await write(caller, 'ann', { title: 'Discussed', description: '', body: 'Say something.' })
    const other = await write(caller, 'ann', { title: 'Quiet', description: '', body: 'Say nothing.' })
    const here = { path: { slug } }
    const gone = { path: { slug: 'no-such-article' } }
    const say = async (username: string, body: string) => {
      await sleep(2)
      return (
        await caller.call(200, 'POST /articles/{slug}/comments', as(username, { ...here, body: { comment: { body } } }))
      ).comment
    }
    const bens = await say('ben', 'First!')
    const cleos = await say('cleo', 'Second.')
    const anns = await say('ann', 'Thank you both.')
    assert.ok(Number.isInteger(bens.id))
    assert.equal(bens.author.username, 'ben')
    const listed = async () =>
      (await caller.call(200, 'GET /articles/{slug}/comments', here)).comments.map(({ body }) => body)
    assert.deepEqual(await listed(), ['Thank you both.', 'Second.', 'First!'])
    assert.deepEqual(
      (await caller.call(200, 'GET /articles/{slug}/comments', { path: { slug: other.slug } })).comments,
      [],
    )
    await caller.call(404, 'GET /articles/{slug}/comments', gone)

    await caller.call(401, 'POST /articles/{slug}/comments', { ...here, body: { comment: { body: 'Anonymous' } } })
    await caller.call(
      404,
      'POST /articles/{slug}/comments',
      as('ben', { ...gone, body: { comment: { body: 'Lost' } } }),
    )
    for (const body of [
      {},
      { comment: {} },
      { comment: { body: '' } },
      { comment: { body: 'x', id: 7 } },
      { comment: 'x' },
    ]) {
      await caller.call(422, 'POST /articles/{slug}/comments', as('ben', { ...here, body }))
    }

    const remove = (status: number, username: string, id: number | string, path = here.path) =>
      caller.call(status, 'DELETE /articles/{slug}/comments/{id}', as(username, { path: { ...path, id } }))
    await caller.call(401, 'DELETE /articles/{slug}/comments/{id}', { path: { slug, id: bens.id } })
    await remove(403, 'cleo', bens.id)
    await remove(403, 'ben', anns.id)
    await remove(404, 'ben', bens.id, gone.path)
    await remove(404, 'ben', bens.id, { slug: other.slug })
    await remove(404, 'ben', 999_999)
    await remove(422, 'ben', 'first')
    assert.deepEqual(await listed(), ['Thank you both.', 'Second.', 'First!'])

    await remove(204, 'ben', bens.id)
    await remove(404, 'ben', bens.id)
    await remove(204, 'ann', cleos.id) // it stands under her article
    assert.deepEqual(await listed(), ['Thank you both.'])
    await caller.call(204, 'DELETE /articles/{slug}', as('ann', here))
    await caller.call(404, 'GET /articles/{slug}/comments', here)
  },
}

export const tags: Part = {
  title: 'tags are listed once each',
  run: async (caller) => {
    const { slug } = await write(caller, 'ann', {
      title: 'Tagged',
      description: '',
      body: '…',
      tagList: ['even', 'lonely'],
    })
    assert.deepEqual((await caller.call(200, 'GET /tags')).tags, [
      'dragons',
      'even',
      'lonely',
      'n2',
      'n4',
      'odd',
      'training',
    ])
    await caller.call(204, 'DELETE /articles/{slug}', as('ann', { path: { slug } }))
    assert.deepEqual((await caller.call(200, 'GET /tags')).tags, ['dragons', 'even', 'n2', 'n4', 'odd', 'training'])
    await caller.call(422, 'GET /tags', { query: { limit: 1 } })
  },
}

export const parts: readonly Part[] = [users, profiles, articles, lists, feed, favorites, comments, tags]
