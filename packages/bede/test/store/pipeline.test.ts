import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Statement, textOf } from '../../src/sql/statement.ts'
import { type Connection, type Driver, StoreError } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { testStores } from '../support/stores.ts'

/**
 * What one caller does to a connection that others use at the same time. Each asks for a word that nobody else asks
 * for: it gets that word or an error, whatever happens to those before and behind it.
 */
const kinds = {
  plain: 'select $1::text',
  unnamed: 'select $1::text',
  rows: 'select $1::text from generate_series(1, 50)',
  large: "select $1::text, repeat('x', 200000)",
  bare: 'select $1::text',
  bareLarge: 'select rpad($1::text, 100000)',
  divides:
    'select $1::text, (1 / nullif(length($1::text), length($1::text)))::text, (1 / (length($1::text) * 0))::text',
  unparsable: 'select $1::text from',
  duplicate: 'insert into taken values (1) returning $1::text',
  nul: 'select $1::text, $2::text',
  tooFew: 'select $1::text, $2::text',
  stale: 'select word.* from word where $1::text is not null',
  slow: 'select $1::text, pg_sleep(0.02)::text',
  late: 'select $1::text, pg_sleep(3)::text',
  canceled: 'select $1::text, pg_sleep(0.02)::text',
  transaction: 'select $1::text',
  undone: 'select $1::text',
  changes: 'alter table word add column',
} as const
type Kind = keyof typeof kinds

const mine: readonly Kind[] = ['plain', 'unnamed', 'rows', 'large', 'bare', 'bareLarge', 'slow', 'transaction']

for (const store of await testStores()) {
  const parallel = store.name === 'PostgreSQL'
  describe(`a crowd on one connection, on ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let connection: Connection
    let columns = 0
    before(async () => {
      driver = openStore({ url: store.url, pool: { connections: 2, pipelined: 50 }, limits: { statement: 300 } })
      connection = await driver.open()
      await connection.script('create table taken (n int primary key); insert into taken values (1)')
      await connection.script("create table word (word text); insert into word values ('a word')")
    })
    after(() => driver?.close())

    async function ask(kind: Kind, word: string): Promise<readonly (readonly (string | null)[])[]> {
      const named: Partial<Statement> = kind === 'unnamed' ? {} : { name: kind }
      const params = kind === 'nul' ? [word, 'a\0b'] : [word]
      const statement: Statement = { sql: kinds[kind], params, shape: [], ...named }
      if (kind === 'canceled')
        return connection.query(statement, { signal: AbortSignal.timeout(1 + ((columns + word.length) % 20)) })
      if (kind === 'changes') {
        await connection.script(`alter table word add column c${columns++} text default 'added'`)
        return []
      }
      if (kind.startsWith('bare') && connection.body) {
        const body = await connection.body(statement)
        return body == null ? [] : [[textOf(body).trimEnd()]]
      }
      if (kind.startsWith('bare')) return [[word]]
      if (kind === 'transaction') return connection.transaction((c) => c.query(statement))
      if (kind === 'undone')
        return connection.transaction(async (c) => {
          await c.query(statement)
          await c.query({ sql: kinds.duplicate, params: [word], shape: [] })
          return []
        })
      return connection.query(statement)
    }

    test('class 35: errors, cancels, timeouts and stale plans give nobody another’s row', async () => {
      const some = (Object.keys(kinds) as Kind[]).filter((kind) => parallel || kind !== 'late')
      let answered = 0
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...some), { minLength: 10, maxLength: 60 }), async (crowd) => {
          const words = crowd.map((kind, n) => `${kind} ${n} ${Math.random()}`)
          const all = await Promise.allSettled(crowd.map((kind, n) => ask(kind, words[n] ?? '')))
          for (const [n, one] of all.entries()) {
            const kind = crowd[n] ?? 'plain'
            if (one.status === 'rejected') {
              assert.ok(one.reason instanceof StoreError, `${kind}: ${one.reason}`)
              // What is right in itself may come too late behind those that take their time, and never fails otherwise.
              if (mine.includes(kind))
                assert.match(one.reason.failure, /^(timeout|busy|unavailable)$/, `${kind}: ${one.reason.cause}`)
              continue
            }
            if (kind === 'stale') for (const [word] of one.value) assert.equal(word, 'a word')
            else if (kind !== 'changes') {
              answered++
              assert.equal(one.value.length, kind === 'rows' ? 50 : 1, kind)
              for (const [word] of one.value) assert.equal(word, words[n], kind)
            }
          }
          assert.deepEqual(await ask('plain', 'afterwards'), [['afterwards']])
        }),
        { numRuns: 8, endOnFailure: true },
      )
      assert.ok(answered > 0)
    })
  })
}
