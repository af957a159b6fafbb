import {
  type ActorOf,
  anyone,
  app,
  choice,
  defineSchema,
  fromActor,
  id,
  model,
  or,
  ref,
  resources,
  secret,
  text,
  verbs,
} from '../../../src/index.ts'
import { person } from '../../support/account.ts'

/** An app with every kind of credential there is, and actions of its own that write what something rests on. */
export function lodge(token: 'opaque' | 'jwt') {
  const user = model(
    {
      ...person,
      role: choice(['member', 'editor', 'admin'], { default: 'member' }),
    },
    { softDelete: true },
  )
  const note = model({
    id: id<'note'>(),
    title: text(),
    ownerId: ref('user', { default: fromActor('id'), onDelete: 'cascade' }),
  })
  const models = defineSchema({ user, note })
  const actor = { id: ref('user'), role: choice(['member', 'editor', 'admin']) }
  type Actor = ActorOf<typeof actor>
  const { user: Users, note: Notes } = resources<typeof models, Actor>(models, actor)
  const { route } = verbs<Actor>(actor)
  const userPolicy = Users.policy(({ row, actor }) => {
    const admin = actor.role.eq('admin')
    const self = row.id.eq(actor.id)
    return {
      read: anyone,
      update: or(self, admin),
      delete: or(self, admin),
      restore: admin,
      purge: admin,
      fields: { email: { read: self }, role: { write: admin } },
    }
  })
  const notePolicy = Notes.policy(({ row, actor }) => {
    const mine = row.ownerId.eq(actor.id)
    return { read: or(mine, actor.role.eq('editor')), create: mine, delete: mine }
  })
  const userView = Users.view(({ row }) => ({ id: row.id, name: row.name, role: row.role }))
  const noteView = Notes.view(({ row }) => ({ id: row.id, title: row.title }))
  const identity = Users.identity({
    register: ['name'],
    view: userView,
    sessions: { token, cookie: true },
    password: { reset: true },
    verifyEmail: true,
    changeEmail: true,
    magicLink: true,
    totp: true,
    passkeys: true,
    apiKeys: { scopes: ['notes:read', 'rights'] },
    administration: { allow: ({ actor }) => actor.role.eq('admin') },
  })
  const choosePassword = Users.action({
    input: { password: secret({ min: 10 }) },
    set: ({ input }) => ({ password: input.password }),
  })
  const promote = Users.action({
    input: { role: choice(['member', 'editor']) },
    set: ({ input }) => ({ role: input.role }),
  })
  const users = Users.expose({
    view: userView,
    operations: ['list', 'get', 'update', 'delete', 'restore', 'purge', choosePassword, promote],
    accepts: { update: ['name', 'role'] },
  })
  const notes = Notes.expose({ view: noteView, operations: ['list', 'get', 'create', 'delete'] })
  const rights = route('GET /rights', {
    scope: 'rights',
    output: { role: text() },
    run: async ({ actor }) => ({ role: actor.role }),
  })
  const open = route('GET /open', { auth: 'optional', answers: () => ({ people: userView.list() }) })
  const use = {
    userPolicy,
    notePolicy,
    userView,
    noteView,
    identity,
    users,
    notes,
    choosePassword,
    promote,
    rights,
    open,
  }
  return app({ name: 'lodge', schema: models, use: { all: use } })
}
