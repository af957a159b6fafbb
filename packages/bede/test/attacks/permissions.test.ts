import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { desk } from '../permissions/desk.ts'
import { testStores } from '../support/stores.ts'
import { type Answered, emailOf, type Name, type Served, type SiegeOptions, serveApp } from './support/siege.ts'

/** What tells people what they may do, and why not, tells them nothing else. */

interface Siege extends Served {
  article(as: Name, slug: string, more?: string): Promise<string>
}

/** An answer without what differs from one request to the next. */
const plain = ({ text }: Answered): string => text.replace(/"requestId":"[^"]*"/, '')

async function onDesks(suite: (siege: () => Siege) => void, what: string, options: SiegeOptions = {}): Promise<void> {
  for (const store of await testStores()) {
    describe(`${what}, on ${store.name}`, { skip: store.skip }, () => {
      let siege: Siege | undefined
      before(async () => {
        const served = await serveApp(desk(), store, options)
        const article = async (as: Name, slug: string, more = '') => {
          const made = await served.ask('POST', '/articles', { as, json: { slug, title: `canary-title ${slug}` } })
          assert.equal(made.status, 201, made.text)
          if (more !== '') await served.rows(`update article set ${more} where id = '${made.json.id}'`)
          return String(made.json.id)
        }
        siege = { ...served, article }
      })
      after(() => siege?.close())
      suite(() => siege ?? assert.fail('there is no siege before its tests'))
    })
  }
}

await onDesks((siege) => {
  test('class 13: in production a refusal is the same to the byte, whatever clause refused', async () => {
    const { article, rows, refused } = siege()
    const others = await article('ada', 'others', `status = 'published'`)
    const low = await article('ada', 'low', `status = 'published', rating = 9`)
    const locked = await article('bob', 'locked', `status = 'published'`)
    await rows(`insert into lock (article_id, kind) values ('${locked}', 'hard')`)
    const patched = async (id: string) => {
      const answer = await refused(403, 'PATCH', `/articles/${id}`, { as: 'bob', json: { title: 'x' } })
      return `${answer.status} ${plain(answer)}`
    }
    assert.deepEqual(new Set(await Promise.all([patched(others), patched(low), patched(locked)])).size, 1)
    const draft = await article('ada', 'draft')
    const hidden = [
      await refused(404, 'GET', `/articles/${draft}`, { as: 'bob' }),
      await refused(404, 'GET', '/articles/01939d6e-0000-7000-8000-00000000abcd', { as: 'bob' }),
      await refused(404, 'DELETE', `/articles/${draft}`, { as: 'bob' }),
    ]
    assert.equal(new Set(hidden.map(plain)).size, 1)
  })

  test('class 15: whoever asks what they may do with a hidden row is told of no row, byte for byte', async () => {
    const { article, refused, ask } = siege()
    const hidden = await article('ada', 'hidden-from-bob')
    const mine = await article('bob', 'bobs')
    const none = '01939d6e-0000-7000-8000-00000000abcd'
    for (const operation of ['article.get', 'article.update', 'article.delete', 'publish', 'putRating', 'getBySlug']) {
      const question = (id: string) =>
        refused(404, 'GET', `/me/permissions?operation=${operation}&id=${id}`, { as: 'bob' })
      assert.equal(plain(await question(hidden)), plain(await question(none)), operation)
      const many = (ids: readonly string[]) =>
        ask('GET', `/me/permissions?operation=${operation}&ids=${ids.join(',')}`, { as: 'bob' })
      assert.deepEqual((await many([hidden, mine])).text, (await many([none, mine])).text, operation)
    }
  })

  test('class 5: what one may do tells no value of a field that one may not see', async () => {
    const { ids, ask, rows } = siege()
    const every = await ask('GET', '/me/permissions', { as: 'bob' })
    for (const name of ['email', 'password', 'suspended', 'note']) {
      assert.ok(!JSON.stringify(every.json.fields).includes(`"${name}"`), `${name}: ${every.text}`)
    }
    const told = async () =>
      (await ask('GET', `/me/permissions?operation=user.update&id=${ids.ada}`, { as: 'bob' })).text
    const earlier = await told()
    await rows(`update "user" set note = 'canary-note', bio = 'canary-bio' where email = '${emailOf('ada')}'`)
    assert.equal(await told(), earlier, 'neither a private field nor one with a rule changes what is said')
    assert.equal(earlier, '{"allowed":false}')
  })

  test('class 18: nothing but the process itself explains a call, and nobody is told what another may do', async () => {
    const { backend, refused, ids, article } = siege()
    const id = await article('ada', 'not-to-be-explained')
    const input = { id }
    for (const path of ['/explain', '/me/explain', '/articles/explain', `/articles/${id}/explain`]) {
      for (const method of ['GET', 'POST'])
        await refused([400, 404, 405, 422], method, path, {
          as: 'eve',
          ...(method === 'POST' && { json: { operation: 'article.get', input } }),
        })
    }
    for (const operation of ['explain', 'app.explain', 'backend.explain', 'me.explain']) {
      const json = { operations: [{ operation, input: { operation: 'article.get', input } }] }
      await refused(400, 'POST', '/batch', { as: 'eve', json })
    }
    for (const query of [`actor=${ids.ada}`, `actor.id=${ids.ada}`, 'role=editor', 'explain=true', 'detailed=1'])
      await refused(400, 'GET', `/me/permissions?operation=article.get&id=${id}&${query}`, { as: 'bob' })
    for (const operation of ['rate', 'recount', 'bede.outbox.list', 'constructor'])
      await refused(400, 'GET', `/me/permissions?operation=${operation}`, { as: 'eve' })
    await refused(401, 'GET', '/me/permissions')
    const why = await backend.explain('article.get', input, { id: ids.bob, role: 'member' })
    assert.equal(why.admitted, false)
  })
}, 'permissions')

await onDesks(
  (siege) => {
    test('class 13: in development a refusal names the clause that said no, whether 403 or 404, and no value', async () => {
      const { article, rows, refused, ids } = siege()
      const locked = await article('bob', 'locked', `status = 'published', title = 'canary-title'`)
      await rows(`insert into lock (article_id, kind) values ('${locked}', 'hard')`)
      const draft = await article('ada', 'draft')
      const details = (answer: Answered): readonly string[] =>
        answer.json.details.map(({ place, message }: { place: string; message: string }) => `${place}: ${message}`)
      const forbidden = await refused(403, 'DELETE', `/articles/${locked}`, { as: 'bob' })
      assert.deepEqual(details(forbidden), [
        'article.policy.delete: delete of article: policy clause `no row.locks where lock.kind = "hard"` is false',
      ])
      const reading = [
        'article.policy.read: read of article: policy clause `row.status = "published"` is false',
        "article.policy.read: read of article: policy clause `row.authorId = actor.id` is false (article.authorId is another's)",
        'article.policy.read: read of article: policy clause `actor.role = "editor"` is false',
      ]
      assert.deepEqual(details(await refused(404, 'GET', `/articles/${draft}`, { as: 'bob' })), reading)
      assert.deepEqual(details(await refused(404, 'DELETE', `/articles/${draft}`, { as: 'bob' })), reading)
      const field = await refused(403, 'PATCH', `/users/${ids.bob}`, { as: 'bob', json: { role: 'editor' } })
      assert.match(
        details(field)[0] ?? '',
        /^user\.policy\.fields\.role\.write: writing user\.role: policy clause `actor\.role = "editor"` is false$/,
      )
    })
  },
  'permissions in development',
  { development: true },
)
