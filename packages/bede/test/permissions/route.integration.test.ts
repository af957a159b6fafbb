import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { link, system } from '../../src/index.ts'
import { emailOf, type Served, serveApp } from '../attacks/support/siege.ts'
import { testStores } from '../support/stores.ts'
import { desk } from './desk.ts'

for (const store of await testStores()) {
  describe(`GET /me/permissions, on ${store.name}`, { skip: store.skip }, () => {
    let served: Served
    let own: string
    let published: string
    let hidden: string
    const ask = (query: string, as: 'ada' | 'bob' | 'eve' | undefined = 'bob') =>
      served.ask('GET', `/me/permissions${query}`, { as })
    const makeArticle = async (as: 'ada' | 'bob', slug: string) => {
      const made = await served.ask('POST', '/articles', { as, json: { slug, title: slug } })
      assert.equal(made.status, 201, made.text)
      return made.json.id as string
    }

    before(async () => {
      served = await serveApp(desk(), store)
      // Eve was made an editor behind the engine's back, which remembers for a moment who she was.
      while ((await ask('', 'eve')).json.operations.putRating === 'no') await setTimeout(100)
      own = await makeArticle('bob', 'own')
      published = await makeArticle('ada', 'shown')
      hidden = await makeArticle('ada', 'unseen')
      await served.rows(`update article set status = 'published' where id = '${published}'`)
    })
    after(() => served?.close())

    test('without a question it lists every operation that has an address, and the fields with rules', async () => {
      const { status, json, headers } = await ask('')
      assert.equal(status, 200)
      // What else identity brings is its own matter.
      const operations = Object.entries(json.operations).filter(([name]) => !name.startsWith('auth.'))
      assert.deepEqual(
        { ...json, operations: Object.fromEntries(operations) },
        {
          operations: {
            getBySlug: 'depends',
            putRating: 'no',
            deleteLock: 'depends',
            publish: 'depends',
            'user.list': 'depends',
            'user.get': 'depends',
            'user.update': 'depends',
            'article.list': 'depends',
            'article.get': 'depends',
            'article.create': 'depends',
            'article.update': 'depends',
            'article.delete': 'depends',
            'article.updateMany': 'depends',
            'lock.list': 'yes',
            'lock.get': 'yes',
            'lock.create': 'depends',
            'lock.delete': 'depends',
            'me.permissions': 'yes',
          },
          fields: {
            user: { role: { write: 'no' }, bio: { read: 'depends' } },
            article: { rating: { write: 'no' } },
          },
        },
      )
      assert.match(headers.get('cache-control') ?? '', /no-store|private|no-cache/)
      const editor = (await ask('', 'eve')).json
      assert.equal(editor.operations.putRating, 'depends')
      assert.equal(editor.operations['user.update'], 'depends')
      assert.deepEqual(editor.fields, {
        user: { role: { write: 'yes' }, bio: { read: 'yes' } },
        article: { rating: { write: 'yes' } },
      })
    })

    test('of one operation it says whether the caller may call it at all', async () => {
      assert.deepEqual((await ask('?operation=lock.list')).json, { may: 'yes' })
      assert.deepEqual((await ask('?operation=putRating')).json, { may: 'no' })
      assert.deepEqual((await ask('?operation=putRating', 'eve')).json, { may: 'depends' })
    })

    test('of an operation and a row it says whether the call would be let through, and changes nothing', async () => {
      const earlier = await served.everything()
      for (const [operation, id, allowed] of [
        ['article.get', published, true],
        ['article.get', own, true],
        ['article.update', own, true],
        ['article.delete', own, true],
        ['publish', own, true],
        ['getBySlug', published, true],
        ['article.update', published, false],
        ['article.delete', published, false],
        ['publish', published, false],
        ['putRating', own, false],
      ] as const) {
        const { status, json } = await ask(`?operation=${operation}&id=${id}`)
        assert.deepEqual([status, json], [200, { allowed }], `${operation} ${id}`)
      }
      assert.equal(await served.everything(), earlier)
    })

    test('several rows are one statement', async () => {
      const { json, status } = await ask(`?operation=article.update&ids=${[own, published, hidden, own].join(',')}`)
      assert.deepEqual([status, json], [200, { rows: { [own]: true, [published]: false } }])
    })

    test('rows whose ids are numbers are asked about alike', async () => {
      const made = await served.ask('POST', '/locks', { as: 'bob', json: { articleId: own } })
      assert.equal(made.status, 201, made.text)
      assert.deepEqual((await ask(`?operation=lock.delete&id=${made.json.id}`)).json, { allowed: true })
      assert.deepEqual((await ask(`?operation=lock.delete&id=${made.json.id}`, 'ada')).json, { allowed: false })
      assert.equal((await ask('?operation=lock.delete&id=x')).json.details[0].place, '/query/id')
    })

    test('a question that is none is refused, and says where', async () => {
      for (const [query, place] of [
        ['?operation=nothing', '/query/operation'],
        ['?operation=rate', '/query/operation'],
        ['?operation=__proto__', '/query/operation'],
        ['?operation=article.create&id=1', '/query/operation'],
        ['?operation=auth.signOut&id=1', '/query/operation'],
        ['?operation=article.updateMany&ids=1', '/query/operation'],
        [`?id=${'a'.repeat(8)}`, '/query/operation'],
        [`?operation=article.get&id=${own}&ids=${own}`, '/query/ids'],
        ['?operation=article.get&id=none', '/query/id'],
        [`?operation=article.get&ids=${own},none`, '/query/ids/1'],
        ['?actor=1', '/query/actor'],
      ] as const) {
        const { json } = await served.refused([400, 422], 'GET', `/me/permissions${query}`, { as: 'bob' })
        assert.equal(json.details?.[0]?.place, place, `${query} ${JSON.stringify(json)}`)
      }
      const many = Array.from({ length: 101 }, () => own).join(',')
      await served.refused([400, 422], 'GET', `/me/permissions?operation=article.get&ids=${many}`, { as: 'bob' })
    })

    test('whoever is not signed in is not told anything', async () => {
      for (const query of ['', '?operation=article.get', `?operation=article.get&id=${published}`]) {
        await served.refused(401, 'GET', `/me/permissions${query}`)
      }
    })

    test('the system has no permissions of its own to be told', async () => {
      await assert.rejects(served.backend.call('me.permissions', {}, system('a test')), { code: 'forbidden' })
    })

    test('it can be part of a batch, in whose transaction it then looks', async () => {
      const answer = await served.ask('POST', '/batch', {
        as: 'bob',
        json: {
          operations: [
            { operation: 'article.update', input: { id: own, data: { title: 'in a batch' } } },
            { operation: 'me.permissions', input: { operation: 'article.delete', id: own } },
          ],
        },
      })
      assert.deepEqual([answer.status, answer.json?.[1]?.body], [200, { allowed: true }], answer.text)
    })

    test('what it says of a suspended author holds for the rows that are shown with others', async () => {
      await served.rows(`update "user" set suspended = true where email = '${emailOf('ada')}'`)
      try {
        assert.equal((await ask(`?operation=article.get&id=${published}`, 'eve')).status, 404)
        assert.equal((await served.ask('GET', `/articles/${published}`, { as: 'eve' })).status, 404)
      } finally {
        await served.rows(`update "user" set suspended = false where email = '${emailOf('ada')}'`)
      }
    })
  })
}

test('an app can do without it, and one without an identity has none', () => {
  assert.ok(link(desk()).manifest.operations['me.permissions'])
  const { manifest } = link(desk({ permissions: false }))
  assert.equal(manifest.operations['me.permissions'], undefined)
  assert.equal(manifest.identity?.permissions, false)
})
