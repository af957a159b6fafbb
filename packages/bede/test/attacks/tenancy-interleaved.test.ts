import assert from 'node:assert/strict'
import { onStores, test } from './support/siege.ts'
import { besiegeTower, mark, ourMark, type TowerSiege } from './support/tower-siege.ts'

/** As many as one after the other would hide what two share; the embedded store has one connection and needs fewer. */
const requests = { PostgreSQL: 10_000, PGlite: 1_000 }
const atOnce = 40

/** What one tenant asks for the `n`th time, and what its answer must say. */
const asked = ({ ours, theirs }: TowerSiege, as: 'ada' | 'bob', n: number) => {
  const [own, other] = as === 'ada' ? [ours, theirs] : [theirs, ours]
  const word = as === 'ada' ? ourMark : mark
  const kinds = [
    { path: `/projects?count=true&limit=5`, status: 200, says: word },
    { path: `/projects/${own.project}`, status: 200, says: word },
    { path: `/projects/${other.project}`, status: 404 },
    { path: `/tasks?projectId=${own.project}`, status: 200, says: word },
    { path: `/tasks?projectId=${other.project}`, status: 200, says: '"items":[]' },
    { path: '/api/board', status: 200, says: own.slug },
    { path: `/api/projects/${own.slug}`, status: 200, says: word },
    { path: `/api/projects/${other.slug}`, status: 404 },
    { path: '/api/numbers', status: 200, says: word },
    { path: `/users?tasks.title=none`, status: 200 },
    { path: `/projects?q=${word}`, status: 200, says: word },
    { path: '/projects/aggregate?measure=count,sum.budget', status: 200, says: '"sum.budget":12' },
    { path: `/projects/${own.deleted}/history`, status: 200, says: word },
    { path: `/projects/${other.deleted}/history`, status: 200, says: '"items":[]' },
    { path: '/settings', status: 200, says: word },
    { path: `/tags/${own.tag}`, status: 200, method: 'PATCH', json: { name: own.tagName } },
    { path: `/tags/${other.tag}`, status: 404, method: 'PATCH', json: { name: 'taken' } },
    { path: `/projects/${own.project}`, status: 200, method: 'PATCH', json: { status: n % 3 ? 'open' : 'closed' } },
  ]
  return kinds[n % kinds.length]
}

await onStores(
  'two tenants at once',
  (store) => besiegeTower(store),
  (siege) => {
    test('class 35: interleaved over one pool, two tenants are never shown a row of each other', async () => {
      const { ask, store } = siege()
      const total = requests[store.name]
      let next = 0
      const seen = { ada: 0, bob: 0 }
      const work = async () => {
        for (let n = next++; n < total; n = next++) {
          // Neither tenant's turn nor the kind of request follows from the other.
          const as = (n * 7) % 5 < 2 || n % 3 === 0 ? 'ada' : 'bob'
          const wanted = asked(siege(), as, n)
          if (!wanted) continue
          const { path, method = 'GET', json, status, says = '' } = { method: 'GET', json: undefined, ...wanted }
          const answer = await ask(method, path, { as, json })
          const what = `${as} ${method} ${path} answers ${answer.status} ${answer.text}`
          assert.equal(answer.status, status, what)
          assert.ok(!answer.text.includes(as === 'ada' ? mark : ourMark), what)
          assert.ok(answer.text.includes(says), what)
          seen[as]++
        }
      }
      await Promise.all(Array.from({ length: atOnce }, work))
      assert.ok(seen.ada > total / 4 && seen.bob > total / 4, JSON.stringify(seen))
      assert.equal(seen.ada + seen.bob, total)
    })
  },
)
