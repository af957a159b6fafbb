import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Json } from '../../src/expr/value.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import type { CallValues } from '../../src/sql/planner.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Row } from '../../src/sql/statement.ts'
import { type Connection, StoreError } from '../../src/store/driver.ts'
import type { Problem } from '../../src/telemetry/problem.ts'
import { small } from '../fixtures/small.ts'
import { openWith, testStores } from '../support/stores.ts'

const ann = { id: '01939d6e-0000-7000-8000-000000000001', role: 'member' }
const bob = { id: '01939d6e-0000-7000-8000-000000000002', role: 'member' }
const eve = { id: '01939d6e-0000-7000-8000-000000000003', role: 'editor' }

for (const store of await testStores()) {
  describe(`compiled operations on ${store.name}`, { skip: store.skip }, () => {
    const planner = createPlanner(small, postgres)
    let connection: Connection
    let close: () => Promise<void>
    let clock = Date.parse('2026-01-01T00:00:00.000Z')

    before(async () => {
      ;({ connection, close } = await openWith(store, small))
      for (const [actor, name] of [
        [ann, 'ann'],
        [bob, 'bob'],
        [eve, 'eve'],
      ] as const) {
        const sql = 'insert into "user" values ($1::uuid, $2, $3, $4, $5::boolean)'
        await connection.query({
          sql,
          params: [actor.id, name, `${name}@example.com`, actor.role, name === 'bob' ? 't' : 'f'],
          shape: [],
        })
      }
    })
    after(() => close())

    const values = (
      input: Record<string, Json>,
      actor: CallValues['actor'],
      more: Partial<CallValues> = {},
    ): CallValues => {
      clock += 1000
      return { input, actor, system: false, now: new Date(clock).toISOString(), ...more }
    }
    const run = (operation: string, call: CallValues): Promise<readonly Row[]> =>
      connection.query(planner.statement(operation, call))

    async function body(
      operation: string,
      input: Record<string, Json>,
      actor: CallValues['actor'] = ann,
      more: Partial<CallValues> = {},
    ) {
      const call = values(input, actor, more)
      const rows = await run(operation, call)
      const row = rows[0]
      const text = row?.[planner.statement(operation, call).shape.indexOf('body')]
      assert.ok(typeof text === 'string', `${operation} gave no body: ${JSON.stringify(rows)}`)
      return JSON.parse(text)
    }

    /** The whole content of the user's tables and the outbox, to show that a refusal changed nothing. */
    async function everything(): Promise<string> {
      const tables = ['"user"', 'article', 'tag', 'favorite', 'bede.outbox', 'bede.idempotency']
      const rows = await Promise.all(
        tables.map((table) =>
          connection.query({ sql: `select t::text from ${table} t order by 1`, params: [], shape: ['t'] }),
        ),
      )
      return JSON.stringify(rows)
    }

    async function refused(
      operation: string,
      input: Record<string, Json>,
      actor: CallValues['actor'],
      more: Partial<CallValues> = {},
    ): Promise<Problem> {
      const before = await everything()
      const call = values(input, actor, more)
      const rows = await run(operation, call)
      assert.ok(rows.length === 0 || rows[0]?.[0] === '0', `${operation} was not refused: ${JSON.stringify(rows)}`)
      const explanation = await connection.query(planner.explanation(operation, call, true))
      assert.equal(await everything(), before, 'a refusal changed something')
      return planner.refusal(operation, call, explanation, true)
    }

    const article = (title: string, more: Record<string, Json> = {}, actor: CallValues['actor'] = ann) =>
      body('article.create', { title, ...more }, actor)

    test('a create answers with the new row and its children, and sees neither in the snapshot', async () => {
      const made = await article('children', { tags: ['x', 'y', "z'; drop table tag; --"] })
      assert.deepEqual(made.tags, ['x', 'y', "z'; drop table tag; --"])
      assert.equal(made.views, 0, 'the default')
      assert.equal(made.status, 'draft')
      assert.deepEqual(made.author, { name: 'ann', email: 'ann@example.com' })
      assert.deepEqual(await body('article.get', { id: made.id }), made)
    })

    test('what the policy hides is not there: another reads nothing, nobody reads nothing', async () => {
      const made = await article('hidden')
      for (const actor of [bob, null])
        assert.equal((await refused('article.get', { id: made.id }, actor)).code, 'not-found')
      assert.equal((await body('article.get', { id: made.id }, eve)).title, 'hidden')
    })

    test('in development a hidden row says which clauses hid it', async () => {
      const made = await article('why')
      const { details } = await refused('article.get', { id: made.id }, bob)
      assert.deepEqual(
        details.map(({ message }) => message),
        [
          'read of article: policy clause `row.status = "published"` is false',
          "read of article: policy clause `row.authorId = actor.id` is false (article.authorId is another's)",
          'read of article: policy clause `actor.role = "editor"` is false',
        ],
      )
    })

    test('a required to-one that may not be seen drops the row above it', async () => {
      const made = await article('by a hidden author', {}, bob)
      await body('publish', { id: made.id }, bob)
      assert.equal((await refused('article.get', { id: made.id }, ann)).code, 'not-found')
      const listed = await body('article.list', { limit: 100 }, ann)
      assert.ok(!listed.some(({ id }: { id: string }) => id === made.id))
      assert.equal((await body('article.get', { id: made.id }, bob)).author.name, 'bob')
    })

    test('a field with a read rule is null for whom the rule does not let read it', async () => {
      const made = await article('mail')
      await body('publish', { id: made.id })
      assert.equal((await body('article.get', { id: made.id }, bob)).author.email, null)
      assert.equal((await body('article.get', { id: made.id }, ann)).author.email, 'ann@example.com')
    })

    test('nobody creates: 401; no policy for it: 403', async () => {
      assert.equal((await refused('article.create', { title: 'x', tags: ['t'] }, null)).code, 'unauthenticated')
      assert.equal((await refused('user.upsert', { name: 'new', email: 'n@example.com' }, ann)).code, 'forbidden')
    })

    test('a set-action happens once: the precondition is checked on the locked row, and its event is in the outbox', async () => {
      const made = await article('publish me')
      assert.equal((await refused('publish', { id: made.id }, bob)).code, 'not-found')
      assert.equal((await body('publish', { id: made.id })).status, 'published')
      const again = await refused('publish', { id: made.id }, ann)
      assert.equal(again.code, 'conflict')
      const other = await refused('publish', { id: made.id }, bob)
      assert.equal(other.code, 'forbidden')
      assert.equal(
        other.details[0]?.message,
        "update of article: policy clause `row.authorId = actor.id` is false (article.authorId is another's)",
      )
      const events = await connection.query({
        sql: 'select event, payload::text from bede.outbox where payload->>$1 = $2',
        params: ['articleId', made.id],
        shape: [],
      })
      assert.deepEqual(events, [['article.published', `{"articleId": "${made.id}"}`]])
    })

    test('class 125: of 20 that publish at once exactly one does', async () => {
      const made = await article('race')
      const rows = await Promise.all(Array.from({ length: 20 }, () => run('publish', values({ id: made.id }, ann))))
      assert.deepEqual(rows.map(([row]) => row?.[0]).sort(), [...Array(19).fill('0'), '1'])
    })

    test('an update sets what was sent, leaves the rest, and stamps the time', async () => {
      const made = await article('before', { views: 7 })
      const updated = await body('article.update', { id: made.id, data: { title: 'after' } })
      assert.equal(updated.title, 'after')
      assert.equal(updated.views, 7)
      const [[note, stamp, created] = []] = await connection.query({
        sql: 'select note, updated_at, created_at from article where id = $1::uuid',
        params: [made.id],
        shape: [],
      })
      assert.equal(note, null)
      assert.notEqual(stamp, created)
    })

    test('class 17: the policy holds for the new row too', async () => {
      const made = await article('mine')
      const problem = await refused('article.update', { id: made.id, data: { authorId: eve.id } }, ann)
      assert.equal(problem.code, 'forbidden')
      assert.equal(
        problem.details[0]?.message,
        "update of article: policy clause `row.authorId = actor.id` is false (article.authorId is another's)",
      )
    })

    test('a reference to a row one may not see is refused as one to no row at all', async () => {
      const made = await article('refs')
      const hidden = await refused('article.update', { id: made.id, data: { authorId: bob.id } }, eve)
      const absent = await refused('article.update', { id: made.id, data: { authorId: made.id } }, eve)
      assert.equal(hidden.code, 'missing-reference')
      assert.deepEqual([hidden.status, hidden.message, hidden.details], [absent.status, absent.message, absent.details])
    })

    test('If-Match: the tag of the representation lets through, any other is 412', async () => {
      const made = await article('tagged')
      const [[text] = []] = await run('article.get', values({ id: made.id }, ann))
      const etags = [
        createHash('md5')
          .update(text ?? '')
          .digest('hex'),
      ]
      assert.equal(
        (
          await refused('article.update', { id: made.id, data: { title: 'no' } }, ann, {
            etags: ['0'.repeat(32), "'; --"],
          })
        ).code,
        'precondition-failed',
      )
      assert.equal((await body('article.update', { id: made.id, data: { title: 'yes' } }, ann, { etags })).title, 'yes')
      assert.equal((await refused('article.delete', { id: made.id }, ann, { etags })).code, 'precondition-failed')
    })

    test('create or keep: the answer counts the row once, whether it was made now or before', async () => {
      const made = await article('kept')
      for (const _ of [1, 2]) {
        const { article: seen } = await body('favorite', { title: 'kept' })
        assert.deepEqual([seen.id, seen.favorited, seen.favorites], [made.id, true, 1])
      }
      const { article: gone } = await body('unfavorite', { id: made.id })
      assert.deepEqual([gone.favorited, gone.favorites], [false, 0])
      assert.equal((await body('unfavorite', { id: made.id })).article.favorites, 0, 'nothing to delete is fine')
    })

    test('a looked-up row that is not there, or not to be seen: 404, nothing written', async () => {
      await article('unseen draft')
      for (const title of ['there is none', 'unseen draft']) {
        assert.equal((await refused('favorite', { title }, bob)).code, 'not-found')
      }
    })

    test('an upsert changes the row that is there only as its policy allows', async () => {
      const system = { system: true }
      const call = values({ name: 'ann', email: 'changed@example.com' }, null, system)
      assert.equal((await run('user.upsert', call))[0]?.[0], '1')
      assert.equal((await refused('user.upsert', { name: 'ann', email: 'stolen@example.com' }, bob)).code, 'forbidden')
      const [[email, count] = []] = await connection.query({
        sql: `select email, (select count(*) from "user") from "user" where name = 'ann'`,
        params: [],
        shape: [],
      })
      assert.deepEqual([email, count], ['changed@example.com', '3'])
      await run('user.upsert', values({ name: 'ann', email: 'ann@example.com' }, null, system))
    })

    test('pages by keyset meet every row once, in order, with nulls, forwards and backwards', async () => {
      for (const title of ['p1', 'p2', 'p3', 'p4', 'p5']) {
        const made = await article(title, { tags: ['paged'] })
        if (title !== 'p2' && title !== 'p4') await body('publish', { id: made.id })
      }
      for (const sort of ['title', '-title', 'publishedAt', '-publishedAt', '-publishedAt,title', 'createdAt']) {
        const whole = (await body('article.list', { tag: 'paged', limit: 100, sort })).map(
          ({ title }: { title: string }) => title,
        )
        assert.equal(whole.length, 5)
        const seen: string[] = []
        let cursor: (string | null)[] | undefined
        do {
          const [row] = await run(
            'article.list',
            values({ tag: 'paged', limit: 2, sort }, ann, cursor ? { cursor } : {}),
          )
          seen.push(...JSON.parse(row?.[0] ?? '').map(({ title }: { title: string }) => title))
          cursor = row?.[1] ? JSON.parse(row[1]) : undefined
        } while (cursor)
        assert.deepEqual(seen, whole, sort)
      }
    })

    test('a count counts what may be seen, and only when it is asked for', async () => {
      const count = async (actor: CallValues['actor']) =>
        (await run('article.list', values({ tag: 'paged', limit: 1, count: true }, actor)))[0]?.[2]
      assert.equal(await count(ann), '5')
      assert.equal(await count(bob), '3')
      assert.equal((await run('article.list', values({ limit: 1 }, ann)))[0]?.[2], null)
    })

    test('bulk: each item stands for itself, in order', async () => {
      const own = await article('bulk own')
      const foreign = await article('bulk foreign', {}, eve)
      await body('publish', { id: foreign.id }, eve)
      const made = await body('tag.createMany', {
        items: [
          { name: 'a', articleId: own.id },
          { name: 'b', articleId: foreign.id },
        ],
      })
      assert.deepEqual(
        made.map(({ status, code }: Record<string, string>) => [status, code]),
        [
          ['created', null],
          ['refused', 'forbidden'],
        ],
      )
      const items = [
        { id: own.id, title: 'new' },
        { id: bob.id, title: 'x' },
        { id: foreign.id, title: 'x' },
        { id: own.id, note: 'twice' },
      ]
      const updated = await body('article.updateMany', { items })
      assert.deepEqual(
        updated.map(({ code }: Record<string, string>) => code),
        [null, 'not-found', 'forbidden', 'conflict'],
      )
      assert.equal((await body('article.get', { id: own.id })).title, 'new')
      const deleted = await body('article.deleteMany', { ids: [foreign.id, own.id, bob.id] })
      assert.deepEqual(
        deleted.map(({ status, code }: Record<string, string>) => [status, code]),
        [
          ['refused', 'forbidden'],
          ['deleted', null],
          ['refused', 'not-found'],
        ],
      )
    })

    test('a bulk of a thousand rows is one statement', async () => {
      const own = await article('thousand')
      const items = Array.from({ length: 1000 }, (_, index) => ({ name: `tag ${index}`, articleId: own.id }))
      const outcomes = await body('tag.createMany', { items })
      assert.equal(outcomes.filter(({ status }: { status: string }) => status === 'created').length, 1000)
      assert.deepEqual(
        (await body('article.get', { id: own.id })).tags,
        items.map(({ name }) => name),
        'in the order of the items',
      )
    })

    test('nothing of an answer is computed twice', async () => {
      // PostgreSQL pulls subselects up: a column that is both tested and given would be computed for each.
      const reads = { 'article.get': { id: ann.id }, 'article.list': { limit: 20 }, unfavorite: { id: ann.id } }
      for (const [operation, input] of Object.entries(reads)) {
        const { sql, params, shape } = planner.statement(operation, values(input, ann))
        const plan = (await connection.query({ sql: `explain ${sql}`, params, shape })).flat().join('\n')
        const counted = plan.match(/(?:Scan|Seek)[^\n]* on tag /g) ?? plan.match(/on tag t\d+/g) ?? []
        assert.equal(counted.length, 1, plan)
      }
    })

    test('class 124: the answer is kept with the write, and the second call with the key writes nothing', async () => {
      const made = await article('once')
      const idempotency = { scope: ann.id, key: 'k1', fingerprint: 'f', status: 200 }
      const answer = await body('publish', { id: made.id }, ann, { idempotency })
      const [[kept] = []] = await connection.query({
        sql: 'select body from bede.idempotency where key = $1',
        params: ['k1'],
        shape: [],
      })
      assert.deepEqual(JSON.parse(kept ?? ''), answer)
      const before = await everything()
      await assert.rejects(
        run('article.create', values({ title: 'again' }, ann, { idempotency })),
        (error) => error instanceof StoreError && error.failure === 'unique',
      )
      assert.equal(await everything(), before)
    })

    test('class 14: an answer after a write is read through the read policy', async () => {
      const call = values({ name: 'zoe', email: 'zoe@example.com' }, null, { system: true })
      await run('user.upsert', call)
      await connection.query({ sql: `update "user" set hidden = true where name = 'zoe'`, params: [], shape: [] })
      const made = await article('theirs', {}, eve)
      assert.equal((await refused('article.get', { id: made.id }, bob)).code, 'not-found')
    })

    test('a limit holds for what the declaration computes too', async () => {
      const made = await article('four')
      assert.equal((await body('shorten', { id: made.id })).title, 'f')
      await body('article.update', { id: made.id, data: { title: 'abc' } })
      assert.equal((await body('shorten', { id: made.id })).title, 'a')
      await connection.query({ sql: `update article set title = '' where id = $1::uuid`, params: [made.id], shape: [] })
      const problemOf = await refused('shorten', { id: made.id }, ann)
      assert.deepEqual(
        [problemOf.code, problemOf.status, problemOf.details[0]?.place],
        ['invalid-value', 422, '/title'],
      )
    })

    test('a deletion sees its own effect, and a foreign key that stands in its way is said so', async () => {
      const made = await article('gone', { tags: ['t'] })
      assert.equal((await refused('article.delete', { id: made.id }, eve)).code, 'forbidden')
      assert.deepEqual((await run('article.delete', values({ id: made.id }, ann)))[0], ['1', null])
      assert.equal((await refused('article.delete', { id: made.id }, ann)).code, 'not-found')
      const [[tags] = []] = await connection.query({
        sql: 'select count(*) from tag where article_id = $1::uuid',
        params: [made.id],
        shape: [],
      })
      assert.equal(tags, '0', 'cascaded')
    })
  })
}
