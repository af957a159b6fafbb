import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  answer,
  app,
  array,
  bigint,
  decimal,
  defineSchema,
  email,
  fromActor,
  id,
  integer,
  model,
  object,
  Problem,
  ref,
  resources,
  secret,
  text,
  verbs,
} from '../../../src/index.ts'
import { sarifOf } from '../../../src/practice/prove/sarif.ts'
import { found, lines, proofOf } from './support/proof.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ private: true }),
})
const ticket = model({ id: id<'ticket'>(), ownerId: ref('user', { default: fromActor('id'), immutable: true }) })
const models = defineSchema({ user, ticket })
const actor = { id: ref('user') }
const { user: Users, ticket: Tickets } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)

const policies = {
  userPolicy: Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) })),
  ticketPolicy: Tickets.policy(({ row, actor }) => ({
    read: row.ownerId.eq(actor.id),
    create: row.ownerId.eq(actor.id),
  })),
  identity: Users.identity({}),
}
const shop = (use: object) => app({ name: 'shop', schema: models, use: { all: { ...policies, ...use } } })
const attacked = (use: object) => proofOf(shop(use), { parts: ['attacks'], only: Object.keys(use) })

const stars = (n: number) => ({ stars: '*'.repeat(n) })
const line = { output: { stars: text() } }
const counted = { output: { count: integer() } }

/** Each makes as much as its caller says. */
const holes = {
  answers: route('GET /answers', { ...line, query: { n: integer() }, run: ({ query }) => stars(query.n) }),
  inPath: route('GET /rows/:n', {
    params: { n: integer({ min: 1 }) },
    output: array(integer()),
    run: ({ params }) => Array.from({ length: params.n }, () => 0),
  }),
  /** It has a max that lets all through. */
  bounded: route('POST /bounded', {
    ...line,
    body: { label: text({ max: 20 }), size: object({ n: integer({ min: 1, max: 1_000_000_000 }) }) },
    run: ({ body }) => stars(body.size.n),
  }),
  inLists: route('POST /lists', {
    ...line,
    body: { parts: array(object({ name: text({ max: 20 }), n: bigint({ min: '1' }) }), { max: 10 }) },
    run: ({ body }) => stars(body.parts.reduce((sum, { n }) => sum + Number(n), 0)),
  }),
  exact: route('POST /exact', {
    ...line,
    body: { n: decimal({ precision: 10, scale: 2 }) },
    run: ({ body }) => stars(Math.floor(Number(body.n))),
  }),
  /** What it makes is not answered. */
  holds: route('GET /held', {
    ...counted,
    query: { n: integer() },
    run: ({ query }) => ({ count: Buffer.alloc(query.n).length }),
  }),
  writes: route('POST /tickets', {
    ...counted,
    body: { n: integer({ min: 1 }) },
    async run({ body, db }) {
      const all = Array.from({ length: body.n }, () => ({}))
      for (const one of all) await db.create(Tickets, one)
      return { count: all.length }
    },
  }),
  /** It grows so fast that there is no room for what is made of a million. */
  fails: route('GET /failing', {
    ...counted,
    query: { n: integer() },
    run: ({ query }) => ({ count: query.n < 1_000_000 ? 1 : new Array(query.n ** 2).length }),
  }),
  grid: route('GET /grid', {
    ...line,
    query: { width: integer({ min: 1, max: 10_000 }), height: integer({ min: 1, max: 10_000 }) },
    run: ({ query }) => stars(query.width * query.height),
  }),
  /** Named as the length of a list is, and a million of it does not go well. */
  sized: route('GET /sized', {
    ...counted,
    query: { size: integer() },
    run: ({ query }) => ({ count: Buffer.alloc(query.size * 10_000_000).length }),
  }),
  beyond: route('GET /beyond', {
    ...line,
    query: { count: integer({ min: 1_000_001 }) },
    run: ({ query }) => stars(query.count - 1_000_000),
  }),
}

/** The same with an end, and what looks like it. */
const fine = {
  answers: route('GET /answers', {
    ...line,
    query: { n: integer({ max: 1_000 }) },
    run: ({ query }) => stars(query.n),
  }),
  holds: route('GET /held', {
    ...counted,
    query: { n: integer({ max: 100_000 }) },
    run: ({ query }) => ({ count: Buffer.alloc(query.n).length }),
  }),
  writes: route('POST /tickets', {
    ...counted,
    body: { n: integer({ min: 1, max: 10 }) },
    async run({ body, db }) {
      for (let at = 0; at < body.n; at++) await db.create(Tickets, {})
      return { count: body.n }
    },
  }),
  grid: route('GET /grid', {
    ...line,
    query: { width: integer({ min: 1, max: 1_000 }), height: integer({ min: 1, max: 1_000 }) },
    run: ({ query }) => stars(query.width * query.height),
  }),
  /** The handler has an end of its own. */
  refuses: route('GET /refusing', {
    ...line,
    query: { n: integer() },
    run({ query }) {
      if (query.n > 10_000) throw new Problem('conflict', { message: 'That is too much' })
      return stars(query.n)
    },
  }),
  /** As much, whatever is sent. */
  large: route('GET /large', { ...line, query: { n: integer() }, run: () => stars(6_000_000) }),
  /** A mistake of another kind. */
  divides: route('GET /dividing', {
    ...counted,
    query: { n: integer() },
    run: ({ query }) => ({ count: Number(1n / BigInt(query.n < 1_000 ? 1 : 0)) }),
  }),
  says: route('GET /saying', { query: { n: integer() }, run: ({ query }) => answer({ body: { n: query.n } }) }),
}

test('a number by which a caller decides how much is made is found, wherever it stands', async () => {
  const proof = await attacked(holes)
  const expected = Object.keys(holes).map((operation) => `${operation}: 109`)
  assert.deepEqual([...found(proof)].sort(), expected.sort(), lines(proof).join('\n'))
  assert.equal(proof.findings.length, expected.length, 'each is told once')
  const of = (operation: string) => proof.findings.find((finding) => finding.operation === operation)
  assert.deepEqual(
    [of('answers')?.says, of('answers')?.hint],
    [
      'A caller decides how much answers makes, by query.n, which has no max',
      'Give it one: n: integer({ min: 1, max: 100 }).',
    ],
  )
  assert.match(of('answers')?.evidence ?? '', /^1: 13 bytes answered; \d+: \d+(\.\d)? MB answered$/)
  assert.match(of('answers')?.reproduce ?? '', /'\/answers\?n=\d{7,8}'/)
  assert.equal(of('bounded')?.says, 'A caller decides how much bounded makes, by body.size.n: its max is 1000000000')
  assert.equal(of('inLists')?.hint, "Give it one: parts: bigint({ min: '1', max: '100' }).")
  assert.match(of('holds')?.evidence ?? '', /^1: .* held; \d+: \d+(\.\d)? MB held$/)
  assert.match(of('writes')?.evidence ?? '', /^1: .*; \d+: .* (?:rows written|MB held|ms of work)$/)
  assert.match(of('fails')?.evidence ?? '', /^1: 200; 1000000: 500 Invalid array length$/)
  assert.equal(of('grid')?.says, 'A caller decides how much grid makes, by query.width and query.height together')
  assert.equal(of('sized')?.says, 'A caller decides how much sized makes, by query.size, which has no max')
  assert.match(of('sized')?.evidence ?? '', /^1: .* held; \d+: .* held$/)
  assert.match(of('beyond')?.says ?? '', /^A caller decides how much beyond makes, by query.count/)
  const score = proof.attacks?.scores.find(({ number }) => number === 109)
  assert.equal(score?.state, 'open')
  const [run] = sarifOf(proof, { file: 'app.ts', version: '0' }).runs
  assert.deepEqual(new Set(run?.results.map(({ ruleId }) => ruleId)), new Set(['bede/class-109']))
})

test('what has an end is not accused, nor what is large or fails for another reason', async () => {
  const proof = await attacked(fine)
  assert.deepEqual(lines(proof), [])
  const score = proof.attacks?.scores.find(({ number }) => number === 109)
  assert.equal(score?.state, 'held')
  assert.deepEqual(
    proof.attacks?.coverage.filter(({ missed }) => missed !== undefined),
    [],
  )
})

test('what an example has around a number is sent with it', async () => {
  const priced = route('POST /priced', {
    ...line,
    body: { parts: array(object({ code: text({ max: 20 }), n: integer({ min: 1 }) }), { max: 10 }) },
    run({ body }) {
      if (body.parts.some(({ code }) => code !== 'SPRING')) throw new Problem('conflict', { message: 'No such code' })
      return stars(body.parts.reduce((sum, { n }) => sum + n, 0))
    },
  })
  const part = { code: 'SPRING', n: 1 }
  const file = { examples: { priced: { body: { parts: [part, part] } } } }
  const proof = await proofOf(shop({ priced }), { parts: ['attacks'], only: ['priced'], file })
  assert.deepEqual([...found(proof)], ['priced: 109'], lines(proof).join('\n'))
})
