import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from '../../src/declare/failed.ts'
import { link } from '../../src/identity/link.ts'
import {
  type ActorOf,
  app,
  choice,
  defineSchema,
  email,
  id,
  model,
  ref,
  resources,
  secret,
  text,
} from '../../src/index.ts'
import { isProblem, type Problem } from '../../src/telemetry/problem.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true }),
  nick: text(),
  password: secret({ private: true }),
  pin: text({ optional: true }),
})
const other = model({ id: id<'other'>(), mail: email(), note: text() })
const schema = defineSchema({ user, other })
const actor = { id: ref('user') }
interface Models extends Readonly<typeof schema> {}
interface Actor extends ActorOf<typeof actor> {}
const { user: Users, other: Others } = resources<Models, Actor>(schema, actor)

const refusedBy = (declare: () => unknown): Problem => {
  try {
    const declaration = declare()
    const failure = typeof declaration === 'object' && declaration !== null ? failureOf(declaration) : undefined
    if (failure !== undefined) return failure
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('an identity that could not work is refused, with what to write instead', () => {
  const cases: [() => unknown, RegExp, RegExp][] = [
    [() => Users.identity(), /without nick/, /Add 'nick' to register/],
    [
      () => Users.identity({ register: ['nick'], login: 'nick' }),
      /user\.nick does not tell accounts apart/,
      /unique: true/,
    ],
    [
      () => Users.identity({ register: ['nick'], password: { field: 'pin' } }),
      /user\.pin would keep passwords as they are/,
      /secret/,
    ],
    [() => Users.identity({ register: ['nick'], password: { min: 4 } }), /at least 4/, /at least 6/],
    [
      () => Users.identity({ register: ['nick'], totp: { issuer: 'The: Bank' } }),
      /totp\.issuer is "The: Bank"/,
      /without a colon/,
    ],
    [() => Users.identity({ register: ['nick'], passkeys: { rpName: ' ' } }), /passkeys\.rpName is " "/, /one line/],
    [() => Users.identity({ register: ['nick'], stepUp: { within: '0m' } }), /stepUp\.within is '0m'/, /10m/],
    [
      () => Users.identity({ register: ['nick'], totp: true, routes: false }),
      /totp works through routes under \/auth/,
      /Take routes: false out/,
    ],
    // @ts-expect-error it is on, or it is not said
    [() => Users.identity({ register: ['nick'], totp: false, routes: false }), /totp works/, /Take routes/],
    [() => Users.identity({ register: ['nick'], sessions: { idle: '0d' } }), /sessions\.idle is '0d'/, /14d/],
    [() => Users.identity({ register: ['nick'], sessions: { absolute: '2 weeks' as '2d' } }), /'2 weeks'/, /14d/],
    [() => Others.identity(), /fields of kind secret/, /password: \{ field/],
    [() => Users.identity({ register: ['nick'], verifyEmail: true, routes: false }), /without routes/, /Take routes/],
    [() => Users.identity({ register: ['nick'], email: 'email' }), /nothing is done by mail/, /verifyEmail: true/],
    [
      () => Users.identity({ register: ['nick'], magicLink: true, email: 'nick' }),
      /would not reach one/,
      /unique: true/,
    ],
    [() => Users.identity({ register: ['nick'], magicLink: { lasts: '0m' } }), /magicLink\.lasts is '0m'/, /'15m'/],
    [
      () => Users.identity({ register: ['nick'], changeEmail: true, pages: { change: '//evil.example' } }),
      /pages\.change is "\/\/evil/,
      /a path of the app/,
    ],
    [
      () => Users.identity({ register: ['nick'], changeEmail: true, pages: { change: '/x#y' } }),
      /pages\.change/,
      /a path of the app/,
    ],
    [
      () => Users.identity({ register: ['nick'], verifyEmail: 'yes' as 'required' }),
      /verifyEmail is "yes"/,
      /'required'/,
    ],
  ]
  for (const [declare, message, hint] of cases) {
    const problem = refusedBy(declare)
    assert.match(problem.message, message)
    assert.match(problem.hint ?? '', hint)
  }
})

test('an app has one identity, of the model its actor names, with every field of the actor', () => {
  const policies = { userPolicy: Users.policy(() => ({})), otherPolicy: Others.policy(() => ({})) }
  const use = { ...policies, one: Users.identity({ register: ['nick'] }), two: Users.identity({ register: ['nick'] }) }
  const twice = refusedBy(() => link(app({ name: 'twice', schema, use: { use } })))
  assert.match(JSON.stringify(twice.details), /second identity/)

  const stranger = { id: ref('user'), role: choice(['a']) }
  interface Stranger extends ActorOf<typeof stranger> {}
  const again = defineSchema({ user, other })
  interface Again extends Readonly<typeof again> {}
  const { user: People, other: Things } = resources<Again, Stranger>(again, stranger)
  const missing = refusedBy(() =>
    link(
      app({
        name: 'stranger',
        schema: again,
        use: {
          use: {
            p: People.policy(() => ({})),
            q: Things.policy(() => ({})),
            r: People.identity({ register: ['nick'] }),
          },
        },
      }),
    ),
  )
  assert.match(JSON.stringify(missing.details), /The actor has role, and user has no field of that name/)
})

test('what identity brings is in the manifest, so a manifest alone serves it', () => {
  const use = {
    p: Users.policy(() => ({})),
    q: Others.policy(() => ({})),
    identity: Users.identity({ register: ['nick'] }),
  }
  const { manifest } = link(app({ name: 'routes', schema, use: { use } }))
  assert.deepEqual(manifest.identity, {
    model: 'user',
    login: 'email',
    password: 'password',
    passwordMin: 10,
    register: ['nick'],
    sessions: { absolute: 7_776_000, idle: 1_209_600 },
  })
  const routes = Object.entries(manifest.operations).map(
    ([name, { http, auth }]) => `${name} ${auth} ${http?.method} ${http?.path}`,
  )
  assert.deepEqual(routes, [
    'auth.register optional POST /auth/register',
    'auth.signIn optional POST /auth/sign-in',
    'auth.signOut required POST /auth/sign-out',
    'auth.me required GET /auth/me',
    'auth.password.change required POST /auth/password',
    'auth.sessions.list required GET /auth/sessions',
    'auth.sessions.end required DELETE /auth/sessions/:id',
    'auth.sessions.endOthers required DELETE /auth/sessions',
    'auth.events required GET /auth/events',
    'me.permissions required GET /me/permissions',
  ])
  const mailed = link(
    app({
      name: 'mailed',
      schema,
      use: {
        use: {
          ...use,
          identity: Users.identity({
            register: ['nick'],
            password: { reset: { lasts: '30m' } },
            verifyEmail: 'required',
            changeEmail: true,
            magicLink: true,
            emailCode: { lasts: '5m' },
            pages: { reset: '/new-password' },
          }),
        },
      },
    }),
  )
  assert.deepEqual(mailed.manifest.identity?.email, {
    field: 'email',
    pages: { reset: '/new-password' },
    verify: 'required',
    reset: 1800,
    change: 86_400,
    magicLink: 900,
    code: 300,
  })
  const names = Object.keys(mailed.manifest.operations).filter(
    (name) => !routes.some((route) => route.startsWith(`${name} `)),
  )
  assert.deepEqual(names, [
    'auth.password.forgot',
    'auth.password.reset',
    'auth.email.get',
    'auth.email.verify',
    'auth.email.verify.resend',
    'auth.email.change',
    'auth.email.change.confirm',
    'auth.email.change.cancel',
    'auth.magic.link',
    'auth.magic.redeem',
    'auth.magic.code',
    'auth.magic.redeemCode',
  ])
  const silent = link(
    app({
      name: 'silent',
      schema,
      use: { use: { ...use, identity: Users.identity({ register: ['nick'], routes: false }) } },
    }),
  )
  assert.deepEqual(silent.manifest.operations, {})
})

test('an operation that asks again who somebody is has to be there', () => {
  const identity = Users.identity({ register: ['nick'], stepUp: { operations: ['otherList', 'auth.signIm'] } })
  const policies = { userPolicy: Users.policy(() => ({})), otherPolicy: Others.policy(() => ({})) }
  const use = { all: { ...policies, identity } }
  const problem = refusedBy(() => link(app({ name: 'app', schema, use })))
  const found = problem.details.filter(({ code }) => code === 'unknown-operation')
  assert.deepEqual(
    found.map(({ place, message }) => [place, message]),
    [
      ['identity.stepUp', "There is no operation 'otherList'"],
      ['identity.stepUp', "There is no operation 'auth.signIm'"],
    ],
  )
  assert.equal(found[1]?.hint, "Perhaps you meant 'auth.signIn'.")
})
