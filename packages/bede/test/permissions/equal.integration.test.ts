import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Actor } from '../../src/engine/call.ts'
import type { Expr } from '../../src/expr/expr.ts'
import { type Backend, start } from '../../src/identity/start.ts'
import { isProblem, link } from '../../src/index.ts'
import type { Manifest, Policy } from '../../src/manifest/manifest.ts'
import type { Connection, Driver } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { testStores } from '../support/stores.ts'
import { desk } from './desk.ts'

/**
 * For random policies, rows and actors: what an actor is told it may do, what an explanation says, and what the call then
 * does, are one decision.
 */

/** As many apps as a store is tried with. */
const apps = 6
const seed = 20_261_121

/** Mulberry32: the same numbers in every run. */
function numbers(state: number): () => number {
  let at = state
  return () => {
    at = (at + 0x6d2b79f5) | 0
    let t = Math.imul(at ^ (at >>> 15), 1 | at)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

type Random = () => number
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

const call = (fn: (Expr & { kind: 'call' })['fn'], ...args: Expr[]): Expr => ({ kind: 'call', fn, args })
const literal = (value: string | boolean): Expr => ({
  kind: 'literal',
  value,
  type: { kind: typeof value === 'string' ? 'text' : 'boolean' },
})
const field = (name: string, row = 'row'): Expr => ({ kind: 'field', row, field: name })
const me: Expr = { kind: 'actor', field: 'id', type: { kind: 'ref', model: 'user' } }
const role: Expr = { kind: 'actor', field: 'role', type: { kind: 'choice', choices: ['member', 'editor'] } }
const via = (relation: string, value: string): Expr => ({
  kind: 'via',
  from: { relation: { row: 'row', name: relation }, as: relation },
  value: field(value, relation),
})
const editor = call('eq', role, literal('editor'))

/** Clauses over a row of each model: of its own fields, of rows elsewhere, of the actor alone. */
const clauses: Readonly<Record<'user' | 'article' | 'lock', readonly Expr[]>> = {
  user: [
    call('eq', field('id'), me),
    call('eq', field('suspended'), literal(false)),
    call('isNotNull', field('note')),
    {
      kind: 'some',
      from: { relation: { row: 'row', name: 'articles' }, as: 'a' },
      where: call('eq', field('status', 'a'), literal('published')),
    },
    editor,
  ],
  article: [
    call('eq', field('authorId'), me),
    call('eq', field('reviewerId'), me),
    call('eq', field('status'), literal('published')),
    call('ne', field('title'), literal('b')),
    call('eq', via('author', 'suspended'), literal(false)),
    call('eq', via('reviewer', 'suspended'), literal(false)),
    {
      kind: 'none',
      from: { relation: { row: 'row', name: 'locks' }, as: 'l' },
      where: call('eq', field('kind', 'l'), literal('hard')),
    },
    editor,
  ],
  lock: [
    call('eq', via('article', 'authorId'), me),
    call('eq', field('kind'), literal('soft')),
    call('eq', via('article', 'status'), literal('published')),
    editor,
  ],
}

function rule(random: Random, of: readonly Expr[], depth = 0): Expr {
  const at = random()
  if (depth === 0 && at < 0.12) return literal(at < 0.08)
  if (depth > 2 || at < 0.45) return pick(random, of)
  if (at < 0.55) return call('not', rule(random, of, depth + 1))
  const more = Array.from({ length: 2 }, () => rule(random, of, depth + 1))
  return call(at < 0.78 ? 'or' : 'and', ...more)
}

/** The desk with other policies; everything else, its tables included, stays. */
function withPolicies(manifest: Manifest, random: Random): Manifest {
  const policy = (of: readonly Expr[], fields: readonly string[]): Policy => ({
    // Somebody must be seen, or there is nothing to compare.
    read: random() < 0.25 ? literal(true) : rule(random, of),
    create: rule(random, of),
    update: { from: rule(random, of), to: rule(random, of) },
    delete: rule(random, of),
    fields: Object.fromEntries(fields.map((name) => [name, { write: rule(random, of) }])),
  })
  const policies = {
    ...manifest.policies,
    user: {
      ...policy(clauses.user, ['role', 'handle']),
      fields: { ...policy(clauses.user, ['role']).fields, bio: { read: rule(random, clauses.user) } },
    },
    article: policy(clauses.article, ['rating', 'status']),
    lock: policy(clauses.lock, []),
  }
  const operations = Object.entries(manifest.operations).map(([name, one]) => [
    name,
    { ...one, auth: name.startsWith('auth.') ? one.auth : 'required' },
  ])
  return JSON.parse(JSON.stringify({ ...manifest, policies, operations: Object.fromEntries(operations) }))
}

/** One opened database for all apps: nothing about its tables differs. */
function shared(connection: Connection): Driver {
  return { name: 'postgres', open: async () => connection, close: async () => {} }
}

interface Row {
  readonly id: string
  readonly slug?: string
  /** Of a lock, its article. */
  readonly of?: string
}

for (const store of await testStores()) {
  describe(`one decision, on ${store.name}`, { skip: store.skip }, () => {
    const { manifest, handlers } = link(desk())
    const driver = store.skip ? undefined : openStore(store.url)
    let connection: Connection
    const people: Actor[] = []
    const rows: Record<'user' | 'article' | 'lock', Row[]> = { user: [], article: [], lock: [] }

    before(async () => {
      connection = await (driver ?? assert.fail()).open()
      await (
        await start({ manifest, handlers }, { driver: shared(connection), mode: 'development', log: quiet })
      ).close()
      const random = numbers(seed)
      const insert = async (sql: string): Promise<string> => {
        const [row] = await connection.query({ sql: `${sql} returning id::text`, params: [], shape: ['id'] })
        return String(row?.[0])
      }
      for (const [at, role] of ['member', 'editor', 'member', 'member'].entries()) {
        const id = await insert(
          `insert into "user" (id, handle, email, password, role, suspended, note, bio) values (gen_random_uuid(), 'h${at}', 'h${at}@example.com', 'x', '${role}', ${at === 3}, ${at % 2 === 0 ? "'n'" : 'null'}, '')`,
        )
        people.push({ id, role })
        rows.user.push({ id })
      }
      for (let at = 0; at < 8; at++) {
        const slug = `slug-${at}`
        const reviewer = random() < 0.5 ? 'null' : `'${pick(random, people).id}'`
        const id = await insert(
          `insert into article (id, slug, title, status, updated_at, author_id, reviewer_id) values (gen_random_uuid(), '${slug}', '${pick(random, ['a', 'b'])}', '${pick(random, ['draft', 'published'])}', now(), '${pick(random, people).id}', ${reviewer})`,
        )
        rows.article.push({ id, slug })
        if (random() < 0.6)
          rows.lock.push({
            of: id,
            id: await insert(
              `insert into lock (article_id, kind) values ('${id}', '${pick(random, ['soft', 'hard'])}')`,
            ),
          })
      }
    })
    after(() => driver?.close())

    /** Each operation on a row, and the call that names this one and changes as little as it can. */
    const calls: readonly (readonly [operation: string, model: keyof typeof rows, input: (row: Row) => object])[] = [
      ['article.get', 'article', ({ id }) => ({ id })],
      ['getBySlug', 'article', ({ slug }) => ({ params: { slug } })],
      ['article.update', 'article', ({ id }) => ({ id, data: {} })],
      ['article.delete', 'article', ({ id }) => ({ id })],
      ['publish', 'article', ({ id }) => ({ id })],
      ['putRating', 'article', ({ slug }) => ({ params: { slug }, body: { rating: 3 } })],
      ['user.get', 'user', ({ id }) => ({ id })],
      ['user.update', 'user', ({ id }) => ({ id, data: {} })],
      ['lock.get', 'lock', ({ id }) => ({ id: Number(id) })],
      ['lock.delete', 'lock', ({ id }) => ({ id: Number(id) })],
      ['deleteLock', 'lock', ({ id, of }) => ({ params: { id: Number(id), articleId: of } })],
    ]
    const rights = new Set(['unauthenticated', 'forbidden', 'not-found'])

    /** What the call comes to; nothing of it stays, because the call behind it in its transaction is refused. */
    async function outcome(backend: Backend, operation: string, input: object, actor: Actor): Promise<string> {
      const undoing = { operation: 'recount', input: { hard: 'no such value' }, actor }
      try {
        await backend.engine.batch([{ operation, input, actor }, undoing])
      } catch (thrown) {
        if (!isProblem(thrown)) throw thrown
        return thrown.details[0]?.place.startsWith('/1') ? 'ok' : thrown.code
      }
      throw new Error('the batch was not undone')
    }

    test('what one may do, what is explained and what is done are the same', async (t) => {
      const random = numbers(seed + 1)
      const seen = { rows: 0, hidden: 0, allowed: 0, refused: 0 }
      for (let app = 0; app < apps; app++) {
        const backend = await start(
          { manifest: withPolicies(manifest, random), handlers },
          { driver: shared(connection), mode: 'production', log: quiet },
        )
        for (const actor of people) {
          const told = async (input: object) => {
            const { answer } = await backend.call('me.permissions', input, actor)
            return answer.kind === 'json' ? JSON.parse(answer.text) : assert.fail()
          }
          const { operations } = await told({})
          for (const [operation, model, input] of calls) {
            const { rows: may } = await told({ operation, ids: rows[model].map(({ id }) => id) })
            for (const row of rows[model]) {
              const what = `app ${app}, ${operation} of ${JSON.stringify(row)} by ${JSON.stringify(actor)}`
              const done = await outcome(backend, operation, input(row), actor)
              const why = await backend.explain(operation, input(row), actor)
              assert.equal(why.admitted, done === 'ok', `${what}: ${done}, ${JSON.stringify(why)}`)
              assert.equal(why.refusal?.code, done === 'ok' ? undefined : done, what)
              seen.rows++
              if (may[row.id] === undefined) {
                seen.hidden++
                assert.equal(done, 'not-found', what)
              } else if (may[row.id]) {
                seen.allowed++
                assert.ok(!rights.has(done), `${what}: allowed, and ${done}`)
              } else {
                seen.refused++
                // A precondition is asked before the row as it will be.
                assert.ok(done === 'forbidden' || (operation === 'publish' && done === 'conflict'), `${what}: ${done}`)
              }
              if (operations[operation] === 'no') assert.ok(done !== 'ok', `${what}: never, and done`)
              if (operations[operation] === 'yes') assert.ok(!rights.has(done), `${what}: always, and ${done}`)
            }
          }
        }
        await backend.close()
      }
      t.diagnostic(JSON.stringify(seen))
      assert.ok(Math.min(seen.hidden, seen.allowed, seen.refused) > 100, JSON.stringify(seen))
    })

    test('whether one may make a row is the same too', async () => {
      const random = numbers(seed + 2)
      const [first] = rows.article
      const words = new Set<string>()
      for (let app = 0; app < apps; app++) {
        const backend = await start(
          { manifest: withPolicies(manifest, random), handlers },
          { driver: shared(connection), mode: 'production', log: quiet },
        )
        for (const actor of people) {
          const { answer } = await backend.call('me.permissions', {}, actor)
          const { operations } = answer.kind === 'json' ? JSON.parse(answer.text) : assert.fail()
          for (const [operation, input] of [
            ['article.create', { data: { slug: `new-${app}`, title: 'a' } }],
            ['article.create', { data: { slug: `new-${app}`, title: 'b', status: 'published' } }],
            ['lock.create', { data: { articleId: first?.id } }],
          ] as const) {
            const what = `app ${app}, ${operation} ${JSON.stringify(input)} by ${JSON.stringify(actor)}`
            const done = await outcome(backend, operation, input, actor)
            assert.equal((await backend.explain(operation, input, actor)).admitted, done === 'ok', `${what}: ${done}`)
            words.add(operations[operation])
            if (operations[operation] === 'no') assert.ok(done !== 'ok', what)
            if (operations[operation] === 'yes') assert.ok(done !== 'forbidden', `${what}: ${done}`)
          }
        }
        await backend.close()
      }
      assert.deepEqual([...words].sort(), ['depends', 'no', 'yes'])
    })
  })
}

const quiet = createLogger({ level: 'error', write: () => {} })
