import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proofLines } from '../../../src/cli/prove/proof-lines.ts'
import {
  type ActorOf,
  anyone,
  app,
  array,
  defineSchema,
  email,
  id,
  model,
  object,
  ref,
  resources,
  secret,
  system,
  text,
  verbs,
} from '../../../src/index.ts'
import { isProven } from '../../../src/practice/prove/prove.ts'
import { sarifOf } from '../../../src/practice/prove/sarif.ts'
import { found, lines, proofOf } from './support/proof.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  phone: text({ private: true, max: 100 }),
  password: secret({ private: true }),
})
const models = defineSchema({ user })
const actor = { id: ref('user') }
const { user: Users } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)

const userPolicy = Users.policy(() => ({ read: anyone }))
const everybody = system('whoever asks')
const addressView = Users.view(({ row }) => ({ email: row.email }))
const cardView = Users.view(({ row }) => ({ email: row.email, phone: row.phone }))

/** Both show what is private: one to whoever is signed in, one to whoever comes. */
const holes = {
  addresses: route('GET /addresses', {
    output: array(object({ email: text() })),
    run: ({ db }) => db.as(everybody).run(addressView.list()),
  }),
  cards: route('GET /cards', {
    auth: 'optional',
    output: array(object({ email: text(), phone: text() })),
    run: ({ db }) => db.as(everybody).run(cardView.list()),
  }),
}
const directory = app({
  name: 'directory',
  schema: models,
  use: { all: { userPolicy, addressView, cardView, ...holes, identity: Users.identity({ register: ['phone'] }) } },
})
const only = Object.keys(holes)

test('a field that is shown by several operations and to several people is one finding that names them all', async () => {
  const proof = await proofOf(directory, { parts: ['attacks'], only })
  assert.deepEqual([...found(proof)].sort(), ['addresses: 10', 'cards: 10'], lines(proof).join('\n'))
  const said = proof.findings.map(({ says }) => says)
  assert.deepEqual(said, [
    'The private field user.email of somebody else is shown: by addresses to another account; by cards to somebody who is not signed in and another account',
    'The private field user.phone of somebody else is shown: by cards to somebody who is not signed in and another account',
  ])
  assert.ok(!isProven(proof))
  // The same in every form.
  assert.deepEqual(proof.attacks?.scores.find(({ number }) => number === 10)?.findings, proof.findings)
  const results = sarifOf(proof, { file: 'app.ts', version: '0' }).runs.flatMap((run) => run.results)
  assert.deepEqual(
    results.map(({ locations }) => locations.flatMap((one) => one.logicalLocations.map(({ name }) => name))),
    [only, ['cards']],
  )
  for (const [at, { message }] of results.entries()) assert.ok(message.text.includes(said[at] ?? '?'))
  const printed = proofLines(proof, (_, text) => text).join('\n')
  assert.match(printed, /^class 10, Accounts shown raw by sign-in endpoints: addresses, cards\n {2}The private field/m)
  assert.match(printed, /directory: 2 findings,/)
})

test('an operation that is acknowledged takes no other one along', async () => {
  const because = 'The list of addresses is for all who work here'
  const file = { acknowledged: [{ class: 10, operation: 'addresses', because }] }
  const proof = await proofOf(directory, { parts: ['attacks'], only, file })
  assert.deepEqual([...found(proof)], ['cards: 10'])
  assert.ok(!isProven(proof))
  assert.deepEqual(
    proof.attacks?.acknowledged.map(({ finding }) => finding.operation),
    ['addresses'],
  )
})
