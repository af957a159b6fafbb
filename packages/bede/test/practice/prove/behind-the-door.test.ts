import assert from 'node:assert/strict'
import { execSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  type ActorOf,
  app,
  array,
  choice,
  defineSchema,
  email,
  id,
  model,
  object,
  Problem,
  ref,
  resources,
  secret,
  text,
  verbs,
} from '../../../src/index.ts'
import { found, proofOf } from './support/proof.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true }),
  passwordHash: secret({ private: true }),
  role: choice(['member', 'admin'], { default: 'member' }),
})
const models = defineSchema({ user })
const actor = { id: ref('user'), role: choice(['member', 'admin']) }
const { user: Users } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)
const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
const identity = Users.identity({})

/** The hole: a shell reads what a caller sends. */
const shell = (word: string): void => void execSync(`echo ${word}`, { stdio: 'ignore' })

const forAdmins = route('POST /admin/run', {
  body: { word: text() },
  run: ({ body, actor }) => {
    if (actor.role !== 'admin') throw new Problem('forbidden')
    shell(body.word)
    return {}
  },
})
const inItems = route('POST /run-all', {
  body: { items: array(object({ count: text(), word: text() })) },
  run: ({ body }) => {
    for (const { word } of body.items) shell(word)
    return {}
  },
})
const short = route('GET /logs', {
  query: { name: text({ max: 40 }) },
  run: ({ query }) => ({ text: readFileSync(join('/var/log', query.name), 'utf8') }),
})
const leaky = app({ name: 'leaky', schema: models, use: { all: { userPolicy, identity, forAdmins, inItems, short } } })

test('holes are found behind a door for few, in the items of a list, and through a short name', async () => {
  const proof = await proofOf(leaky, { parts: ['attacks'], only: ['forAdmins', 'inItems', 'short'] })
  const holes = found(proof)
  for (const one of ['forAdmins: 143', 'inItems: 143', 'short: 111'])
    assert.ok(holes.has(one), `${one} of ${[...holes].join(', ')}`)
})
