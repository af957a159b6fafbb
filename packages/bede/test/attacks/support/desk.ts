import {
  type App,
  answer,
  app,
  choice,
  defineSchema,
  fromActor,
  id,
  integer,
  model,
  ref,
  resources,
  text,
} from '../../../src/index.ts'
import { type Actor, account, actor, route } from '../../support/account.ts'

/** A desk that takes files from strangers, and keeps a row of each: of what they are, and never what they are called. */

const user = model(account)
const paper = model({
  id: id<'paper'>(),
  title: text({ max: 100 }),
  name: text({ optional: true }),
  type: text(),
  size: integer(),
  digest: text(),
  ownerId: ref('user', { default: fromActor('id') }),
})
const models = defineSchema({ user, paper })
const { user: Users, paper: Papers } = resources<typeof models, Actor>(models, actor)

const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
const paperPolicy = Papers.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine }
})

/** Where the files of the last call lay, and how many calls got as far as their handler. */
export const seen = { paths: [] as string[], calls: 0 }

const filed = route('POST /papers', {
  allow: ({ actor }) => actor.role.eq('editor'),
  query: { mode: choice(['keep', 'fail', 'late', 'problem'], { default: 'keep' }) },
  files: {
    paper: { type: ['application/pdf', 'image/png'], max: '200kb', pixels: 1_000_000 },
    notes: { type: 'text/plain', max: '10kb', many: 2, optional: true },
  },
  body: { title: text({ max: 100 }), copies: integer({ default: 1 }) },
  responses: { 201: { output: { id: ref('paper') } } },
  run: async ({ uploads, body, query, db, signal }) => {
    seen.calls += 1
    seen.paths = [uploads.paper.path, ...uploads.notes.map(({ path }) => path)]
    const { name, type, size, sha256 } = uploads.paper
    const made = await db.create(Papers, { title: body.title, name, type, size, digest: sha256 })
    if (query.mode === 'fail') throw new Error('the handler fails')
    if (query.mode === 'late')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    return answer({ status: 201, body: { id: made.id } })
  },
})

const avatar = route('PUT /avatar', {
  files: { avatar: { type: 'image/png', max: '50kb', pixels: 1_000_000 } },
  status: 204,
  run: ({ uploads }) => {
    seen.calls += 1
    seen.paths = [uploads.avatar.path]
  },
})

export const desk = (): App =>
  app({
    name: 'desk',
    schema: models,
    use: {
      papers: { userPolicy, paperPolicy, filed, avatar, identity: Users.identity({ register: ['handle'] }) },
    },
  })
