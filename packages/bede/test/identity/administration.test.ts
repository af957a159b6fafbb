import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Actor } from '../../src/engine/call.ts'
import { start } from '../../src/identity/start.ts'
import {
  type ActorOf,
  app,
  choice,
  defineSchema,
  email,
  id,
  many,
  model,
  ref,
  resources,
  secret,
  signedIn,
  system,
  text,
  verbs,
} from '../../src/index.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { testStores } from '../support/stores.ts'

const user = model(
  {
    id: id<'user'>(),
    email: email({ unique: true }),
    password: secret({ max: 200 }),
    role: choice(['member', 'admin'], { default: 'member' }),
    nick: text({ default: '' }),
    teamId: ref('team', { optional: true }),
  },
  { softDelete: true },
)
const team = model({ id: id<'team'>(), people: many('user', 'teamId') })
const note = model({ id: id<'note'>(), title: text(), ownerId: ref('user') }, { history: true })
const models = defineSchema({ user, note, team })
const actor = { id: ref('user'), role: choice(['member', 'admin']) }
interface Models extends Readonly<typeof models> {}
interface Who extends ActorOf<typeof actor> {}
const { user: Users, note: Notes, team: Teams } = resources<Models, Who>(models, actor)

const office = () => {
  const userPolicy = Users.policy(({ row, actor }) => ({
    read: row.id.eq(actor.id),
    update: row.id.eq(actor.id),
    delete: row.id.eq(actor.id),
    fields: { role: { write: actor.role.eq('admin') } },
  }))
  const teamPolicy = Teams.policy(() => ({ read: signedIn, update: signedIn }))
  const notePolicy = Notes.policy(({ row, actor }) => {
    const mine = row.ownerId.eq(actor.id)
    return { read: mine, create: signedIn, update: mine, history: mine }
  })
  const identity = Users.identity({ administration: { allow: ({ actor }) => actor.role.eq('admin') } })
  const userView = Users.view(({ row }) => ({ id: row.id }))
  const choosePassword = Users.action({
    input: { password: secret() },
    set: ({ input }) => ({ password: input.password }),
  })
  const { action } = verbs<Who>(actor)
  const move = action({
    input: { email: email() },
    run: async ({ input, actor, db }) => {
      await db.update(Users, actor.id, { email: input.email })
    },
  })
  const users = Users.expose({
    view: userView,
    operations: ['delete', 'update', 'updateMany', choosePassword],
    accepts: { update: ['email', 'nick'] },
  })
  const teamView = Teams.view(({ row }) => ({ id: row.id }))
  const teams = Teams.expose({ view: teamView, operations: ['update'], nested: { people: { update: true } } })
  const noteView = Notes.view(({ row }) => ({ id: row.id, title: row.title }))
  const notes = Notes.expose({ view: noteView, operations: ['create', 'update', 'history'] })
  return app({
    name: 'office',
    schema: models,
    use: {
      all: { userPolicy, notePolicy, identity, noteView, notes, userView, choosePassword, move, users },
      teams: { teamPolicy, teamView, teams },
    },
  })
}

async function running(url: string) {
  const lines: string[] = []
  const log = createLogger({ level: 'debug', write: (line) => lines.push(line) })
  const backend = await start(office(), { database: url, mode: 'development', log })
  const rows = (sql: string) => backend.connection.query({ sql, params: [], shape: [] })
  const call = async (actor: Actor | null, operation: string, input: object): Promise<Record<string, unknown>> => {
    const { answer } = await backend.call(operation, input, actor)
    return answer.kind === 'json' ? JSON.parse(answer.text) : {}
  }
  const holding = (token: string) => ({
    token,
    self: () => backend.authenticate(token),
    as: async (operation: string, input: object = {}) => call(await backend.authenticate(token), operation, input),
  })
  return {
    backend,
    lines,
    rows,
    call,
    holding,
    async person(name: string, role: 'member' | 'admin' = 'member') {
      const { token } = await call(null, 'auth.register', { email: `${name}@office.example`, password })
      if (role === 'admin') await rows(`update "user" set role = 'admin' where email = '${name}@office.example'`)
      await new Promise((resolve) => setTimeout(resolve, 5))
      const [row] = await rows(`select id::text from "user" where email = '${name}@office.example'`)
      return { ...holding(String(token)), id: String(row?.[0]) }
    },
  }
}

const password = 'correct horse battery'
const reason = 'asked for by their team'

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
  } catch (error) {
    if (isProblem(error)) return error.code
    throw error
  }
  throw new Error('nothing was refused')
}

for (const store of await testStores()) {
  const { skip } = store
  let app: ReturnType<typeof running> | undefined
  const run = () => {
    app ??= running(store.url)
    return app
  }
  after(async () => (await app)?.backend.close())

  test(`class 99: ${store.name}: a suspended account is out at once and stays out until it is restored`, {
    skip,
  }, async () => {
    const { person, call } = await run()
    const admin = await person('admin99', 'admin')
    const member = await person('member99')
    await admin.as('auth.admin.suspend', { id: member.id, reason })
    assert.equal(await member.self(), null)
    const again = { email: 'member99@office.example', password }
    assert.equal(await codeOf(call(null, 'auth.signIn', again)), 'account-suspended')
    assert.equal(
      await codeOf(call(null, 'auth.signIn', { ...again, password: 'not the password' })),
      'wrong-credentials',
    )
    assert.equal(await codeOf(admin.as('auth.admin.impersonate', { id: member.id, reason })), 'account-suspended')
    await admin.as('auth.admin.restore', { id: member.id, reason })
    assert.equal(await member.self(), null, 'what was ended does not come back')
    assert.ok((await call(null, 'auth.signIn', again)).token)
    const { items } = await admin.as('auth.admin.events', { account: member.id })
    const told = (items as { event: string; actorId: string | null }[]).map(({ event, actorId }) => [event, actorId])
    assert.deepEqual(told.slice(1, 3), [
      ['account.restored', admin.id],
      ['account.suspended', admin.id],
    ])
  })

  test(`${store.name}: what somebody does as another says who really did it, in the history, the trail and the log`, {
    skip,
  }, async () => {
    const { person, holding, lines } = await run()
    const admin = await person('adminacting', 'admin')
    const member = await person('memberacting')
    const { token, expiresAt } = await admin.as('auth.admin.impersonate', { id: member.id, reason, seconds: 60 })
    assert.ok(Date.parse(String(expiresAt)) <= Date.now() + 60_000)
    const acting = holding(String(token))
    assert.equal((await acting.self())?.id, member.id)
    lines.length = 0
    const { id: made } = await acting.as('note.create', { data: { title: 'on behalf', ownerId: member.id } })
    assert.ok(lines.some((line) => line.includes(`"impersonatorId":"${admin.id}"`) && line.includes('note.create')))
    const { items } = await member.as('note.history', { id: made })
    const [change] = items as { actorId: string; impersonatorId: string }[]
    assert.deepEqual([change?.actorId, change?.impersonatorId], [member.id, admin.id])
    const own = await member.as('auth.events')
    assert.equal((own.items as { event: string }[])[0]?.event, 'account.impersonated')
  })

  test(`class 28: ${store.name}: acting as another does not reach what is the person’s own, and ends with the right`, {
    skip,
  }, async () => {
    const { person, holding, rows, backend } = await run()
    const admin = await person('admin28', 'admin')
    const member = await person('member28')
    const { token } = await admin.as('auth.admin.impersonate', { id: member.id, reason })
    const acting = holding(String(token))
    for (const [name, operation] of Object.entries(backend.manifest.operations)) {
      if (!name.startsWith('auth.') || operation.kind !== 'invoke' || operation.auth !== 'required') continue
      if (name === 'auth.signOut') continue
      assert.equal(operation.personal, true, name)
      assert.equal(await codeOf(acting.as(name, {})), 'impersonated', name)
    }
    await backend.call('auth.me', {}, await acting.self())
    await rows(`update "user" set role = 'member' where id = '${admin.id}'`)
    await new Promise((resolve) => setTimeout(resolve, 1_050)) // behind the process's back
    assert.equal(await acting.self(), null, 'whoever may not any more, does not')
  })

  test(`class 29: ${store.name}: nobody administers without the right, or one who is as strong`, { skip }, async () => {
    const { person, rows, backend, call } = await run()
    const admin = await person('admin29', 'admin')
    const other = await person('other29', 'admin')
    const member = await person('member29')
    const before = JSON.stringify(await rows('select * from bede.account union all select * from bede.account'))
    const operations = Object.keys(backend.manifest.operations).filter((name) => name.startsWith('auth.admin.'))
    assert.ok(operations.length >= 5)
    for (const name of operations) {
      const input = name === 'auth.admin.events' ? {} : { id: admin.id, reason }
      assert.equal(await codeOf(member.as(name, input)), 'forbidden', name)
      assert.equal(await codeOf(call(null, name, input)), 'unauthenticated', name)
      if (name !== 'auth.admin.events')
        assert.equal(await codeOf(other.as(name, { id: admin.id, reason })), 'forbidden', `${name} of an administrator`)
    }
    assert.ok(await admin.self())
    assert.equal(JSON.stringify(await rows('select * from bede.account union all select * from bede.account')), before)
    const trail = await member.as('auth.events')
    assert.ok((trail.items as { accountId: string }[]).every(({ accountId }) => accountId === member.id))
  })

  test(`class 99: ${store.name}: what an administrator acts with as others ends when the administrator is ended`, {
    skip,
  }, async () => {
    const { person, holding, rows } = await run()
    const admin = await person('adminending', 'admin')
    const member = await person('memberending')
    const root = await person('rootending', 'admin')
    const { token } = await admin.as('auth.admin.impersonate', { id: member.id, reason })
    const acting = holding(String(token))
    assert.ok(await acting.self())
    await rows(`update "user" set role = 'member' where id = '${admin.id}'`)
    await root.as('auth.admin.signOut', { id: admin.id, reason })
    assert.equal(await acting.self(), null)
    assert.ok(await member.self(), 'the member’s own session goes on')
  })

  test(`class 99: ${store.name}: what a deleted administrator acts with as others is nobody’s session`, {
    skip,
  }, async () => {
    const { person, holding, rows, backend } = await run()
    for (const how of ['by the app', 'behind its back'] as const) {
      const admin = await person(`gone${how.length}`, 'admin')
      const member = await person(`stays${how.length}`)
      const { token } = await admin.as('auth.admin.impersonate', { id: member.id, reason })
      const acting = holding(String(token))
      assert.ok(await acting.self())
      if (how === 'by the app') await backend.call('user.delete', { id: admin.id }, system('a test'))
      else await rows(`update "user" set deleted_at = now() where id = '${admin.id}'`)
      await new Promise((resolve) => setTimeout(resolve, 1_050))
      assert.equal(await acting.self(), null, how)
      assert.ok(await member.self())
    }
  })

  test(`class 99: ${store.name}: what an administrator acts with ends when they sign out`, { skip }, async () => {
    const { person, holding } = await run()
    const admin = await person('adminleaving', 'admin')
    const other = await person('adminstaying', 'admin')
    const member = await person('memberleft')
    const acting = await Promise.all(
      [admin, other].map(async (one) =>
        holding(String((await one.as('auth.admin.impersonate', { id: member.id, reason })).token)),
      ),
    )
    await acting[0]?.as('auth.signOut')
    assert.ok(await admin.self(), 'who stops to act as another is still who they are')
    const again = holding(String((await admin.as('auth.admin.impersonate', { id: member.id, reason })).token))
    await admin.as('auth.signOut')
    assert.equal(await again.self(), null)
    assert.ok(await acting[1]?.self(), 'another administrator goes on')
    assert.ok(await member.self())
  })

  test(`class 96: ${store.name}: who acts as somebody else does not choose what they sign in with, by any operation`, {
    skip,
  }, async () => {
    const { person, holding, rows } = await run()
    const admin = await person('admintaking', 'admin')
    const member = await person('membertaken')
    const teamId = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
    await rows(`insert into team (id) values ('${teamId}')`)
    await rows(`update "user" set team_id = '${teamId}' where id = '${member.id}'`)
    const inTeam = (person: object) => ({ id: teamId, data: { people: { update: [{ id: member.id, ...person }] } } })
    const acting = holding(String((await admin.as('auth.admin.impersonate', { id: member.id, reason })).token))
    const before = await rows(`select * from "user" where id = '${member.id}'`)
    for (const [operation, input] of [
      ['choosePassword', { id: member.id, password: 'another correct horse' }],
      ['user.update', { id: member.id, data: { email: 'mine@office.example' } }],
      ['user.update', { id: member.id, data: { nick: 'x', email: 'mine@office.example' } }],
      ['user.updateMany', { items: [{ id: member.id, email: 'mine@office.example' }] }],
      ['team.update', inTeam({ email: 'mine@office.example' })],
      ['move', { email: 'mine@office.example' }],
    ] as const)
      assert.equal(await codeOf(acting.as(operation, input)), 'impersonated', operation)
    assert.deepEqual(await rows(`select * from "user" where id = '${member.id}'`), before)
    await acting.as('user.update', { id: member.id, data: { nick: 'Sam' } })
    await acting.as('user.updateMany', { items: [{ id: member.id, nick: 'Samuel' }] })
    await acting.as('team.update', inTeam({ nick: 'Sammy' }))
    assert.deepEqual(await rows(`select nick from "user" where id = '${member.id}'`), [['Sammy']])
    await member.as('user.update', { id: member.id, data: { email: 'moved@office.example' } })
    const copy = { ...(await acting.self()) } as Actor
    const { backend } = await run()
    const asked = backend.call('choosePassword', { id: member.id, password: 'another correct horse' }, copy)
    assert.equal(await codeOf(asked), 'impersonated', 'a copy of the actor is no other')
  })
}
