import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  email,
  file,
  fromActor,
  id,
  model,
  ref,
  resources,
  secret,
} from 'bede'

// Whose rows have large files: what they cost a server is measured with it.
const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ private: true }),
})
const film = model({
  id: id<'film'>(),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  video: file({ types: ['video/mp4'], max: '4gb' }),
})
const models = defineSchema({ user, film })
const actor = { id: ref('user') }
const { user: Users, film: Films } = resources<typeof models, ActorOf<typeof actor>>(models, actor)

const userPolicy = Users.policy(() => ({ read: anyone }))
const filmPolicy = Films.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine }
})
const filmView = Films.view(({ row }) => ({ id: row.id, video: row.video }))
const films = Films.expose({
  view: filmView,
  operations: ['get', 'create'],
  files: { video: ['get', 'put', 'upload'] },
})
const identity = Users.identity({ register: [] })
export default app({
  name: 'films',
  schema: models,
  files: {},
  use: { all: { userPolicy, filmPolicy, filmView, films, identity } },
})
