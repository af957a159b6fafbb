import { type Db, type Id, object, partial, readable, text } from 'bede'
import { route, Users } from '../models/index.ts'
import { user } from '../models/user.ts'

// The four routes that are handlers: each answers with a token, which no database could give, because none keeps it.

const { email, username, password, bio, image } = user.fields

/** What one sees of one's own account. */
export const accountView = Users.view(({ row }) => ({
  email: readable(row.email),
  username: row.username,
  bio: row.bio,
  image: row.image,
}))

const account = async (db: Db, id: Id<'user'>, token: string) => ({
  user: { ...(await db.run(accountView.one((user) => user.id.eq(id)))), token },
})

export const register = route('POST /api/users', {
  auth: 'optional',
  status: 201,
  body: { user: object({ username, email, password }) },
  sensitive: true,
  run: async ({ body, auth }) => {
    const { db, actor, token } = await auth.register(body.user)
    return account(db, actor.id, token)
  },
})

export const login = route('POST /api/users/login', {
  auth: 'optional',
  body: { user: object({ email, password: text({ max: 200 }) }) },
  sensitive: true,
  run: async ({ body, auth }) => {
    const { db, actor, token } = await auth.signIn({ login: body.user.email, password: body.user.password })
    return account(db, actor.id, token)
  },
})

export const getUser = route('GET /api/user', {
  sensitive: true,
  run: ({ db, actor, auth }) => account(db, actor.id, auth.token ?? ''),
})

export const putUser = route('PUT /api/user', {
  body: { user: object(partial({ email, username, password, bio, image })) },
  sensitive: true,
  run: async ({ body, db, actor, auth }) => {
    await db.update(Users, actor.id, body.user)
    return account(db, actor.id, auth.token ?? '')
  },
})
