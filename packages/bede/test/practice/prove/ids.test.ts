import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  app,
  defineSchema,
  email,
  fromActor,
  id,
  model,
  ref,
  resources,
  secret,
  system,
  text,
  verbs,
} from '../../../src/index.ts'
import { found, proofOf } from './support/proof.ts'

const user = model({ id: id<'user'>(), email: email({ unique: true }), password: secret() })
const ownerId = ref('user', { default: fromActor('id'), immutable: true })
const note = model({ id: id<'note'>(), title: text({ max: 100 }), ownerId })
const models = defineSchema({ user, note })
const actor = { id: ref('user') }
const { user: Users, note: Notes } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)

const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
const notePolicy = Notes.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, delete: mine }
})
const params = { id: id<'note'>() }
const whoever = system('whoever asks')

test('an id that says of no model is tried with rows of the model that the path of its route names', async () => {
  const notes = app({
    name: 'notes',
    schema: models,
    use: {
      all: {
        userPolicy,
        notePolicy,
        identity: Users.identity({}),
        anyone: route('DELETE /notes/:id', {
          params,
          run: ({ params, db }) => db.as(whoever).delete(Notes, params.id),
        }),
        owner: route('DELETE /own/notes/:id', { params, run: ({ params, db }) => db.delete(Notes, params.id) }),
      },
    },
  })
  const proof = await proofOf(notes)
  assert.deepEqual([...found(proof)], ['anyone: 15'])
})
