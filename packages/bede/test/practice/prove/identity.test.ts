import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  app,
  defineSchema,
  email,
  id,
  model,
  Problem,
  ref,
  resources,
  secret,
  system,
  text,
  verbs,
} from '../../../src/index.ts'
import { forgetting, hiding } from './support/forgetting.ts'
import { found, lines, proofOf } from './support/proof.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ private: true }),
  name: text({ min: 1, max: 60 }),
})
const models = defineSchema({ user })
const actor = { id: ref('user') }
const { user: Users } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)

const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
const identity = Users.identity({
  register: ['name'],
  password: { min: 8, reset: true },
  totp: true,
  magicLink: true,
  emailCode: true,
})
const idView = Users.view(({ row }) => ({ id: row.id }))

/** The holes of somebody who wrote it again. */
const handmade = {
  /** Says whether there is such an account. */
  forgotten: route('POST /forgotten', {
    auth: 'optional',
    body: { email: email() },
    run: async ({ body, db }) => {
      const all = await db.as(system('look for the account')).run(Users.count((row) => row.email.eq(body.email)))
      if (all === 0) throw new Problem('not-found', { message: 'There is no such account' })
      return { sent: true }
    },
  }),
  /** Asks for no link. */
  newPassword: route('POST /new-password', {
    auth: 'optional',
    body: { email: email(), password: secret({ min: 8 }) },
    sensitive: true,
    run: async ({ body, db }) => {
      const anyone = db.as(system('whoever it is'))
      const { id } = await anyone.run(idView.one((row) => row.email.eq(body.email)))
      await anyone.update(Users, id, { password: body.password })
      return {}
    },
  }),
}
const innocent = {
  login: route('POST /login', {
    auth: 'optional',
    body: { email: email(), password: text({ max: 200 }) },
    sensitive: true,
    run: async ({ body, auth }) => {
      const { token } = await auth.signIn({ login: body.email, password: body.password })
      return { token }
    },
  }),
}

const inbox = (use: object) =>
  app({ name: 'inbox', schema: models, use: { all: { userPolicy, identity, idView, ...use } } })
const operations = [
  'auth.register',
  'auth.signIn',
  'auth.me',
  'auth.password.forgot',
  'auth.password.reset',
  'auth.magic.link',
  'auth.magic.redeem',
  'auth.magic.code',
  'auth.magic.redeemCode',
  'auth.totp.begin',
  'auth.totp.confirm',
  'auth.secondFactor.complete',
]
const signingIn = [84, 91, 96, 97, 99, 102]

test('second factors, links and codes are attacked, and those of Bede hold', async () => {
  const proof = await proofOf(inbox(innocent), { parts: ['attacks'], only: [...operations, 'login'] })
  assert.deepEqual(lines(proof), [])
  for (const number of signingIn) {
    const score = proof.attacks?.scores.find((one) => one.number === number)
    assert.equal(score?.state, 'held', `class ${number}: ${score?.reason}`)
  }
  // They were reached: a code and a link have signed somebody in, and a password was set.
  for (const name of [
    'auth.secondFactor.complete',
    'auth.magic.redeem',
    'auth.magic.redeemCode',
    'auth.password.reset',
  ])
    assert.ok((proof.attacks?.coverage.find(({ operation }) => operation === name)?.done ?? 0) > 0, name)
})

test('what somebody wrote again and forgot something of is found', async () => {
  const proof = await proofOf(inbox(handmade), { parts: ['attacks'], only: Object.keys(handmade) })
  assert.deepEqual(
    [...found(proof)].sort(),
    ['forgotten: 102', 'newPassword: 102', 'newPassword: 29'],
    lines(proof).join('\n'),
  )
})

test('links and codes that are not taken away when they are used are found', async () => {
  const through = forgetting((sql) => /delete from "bede"\."one_time"/.test(sql))
  const proof = await proofOf(inbox({}), { parts: ['attacks'], only: operations, through })
  const holes = found(proof)
  for (const hole of [
    'auth.password.reset: 97',
    'auth.magic.redeem: 91',
    'auth.magic.redeem: 97',
    'auth.magic.redeemCode: 97',
  ])
    assert.ok(holes.has(hole), `${hole} of ${lines(proof).join('\n')}`)
})

test('codes of an app that are taken again are found, and a password that is enough', async () => {
  const through = forgetting(
    (sql) => /update "bede"\."totp"[\s\S]*"last_step"/.test(sql) && !/"confirmed_at" =/.test(sql),
  )
  const used = await proofOf(inbox({}), { parts: ['attacks'], only: operations, through })
  assert.ok(found(used).has('auth.secondFactor.complete: 97'), lines(used).join('\n'))
  const unasked = hiding(
    (sql) => /from "bede"\."totp"/.test(sql) && !/update|delete|insert/.test(sql),
    (text) => text.replace(/"confirmedAt":\s*"[^"]*"/, '"confirmedAt":null'),
  )
  const alone = await proofOf(inbox(innocent), { parts: ['attacks'], only: [...operations, 'login'], through: unasked })
  for (const hole of ['auth.signIn: 96', 'login: 96']) assert.ok(found(alone).has(hole), lines(alone).join('\n'))
})

test('where nothing of it is turned on, the reason is said', async () => {
  const plain = app({
    name: 'plain',
    schema: models,
    use: { all: { userPolicy, identity: Users.identity({ register: ['name'] }) } },
  })
  const proof = await proofOf(plain, { parts: ['attacks'] })
  assert.deepEqual(lines(proof), [])
  const reason = (number: number) => proof.attacks?.scores.find((one) => one.number === number)?.reason
  assert.equal(reason(96), 'the app asks nobody for a second factor')
  assert.equal(reason(99), 'nobody resets a password by mail')
  assert.equal(reason(91), 'nobody signs in by what is mailed')
})
