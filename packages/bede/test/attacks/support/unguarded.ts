import { type ActorOf, app, defineSchema, id, model, ref, resources, text } from '../../../src/index.ts'

const user = model({ id: id<'user'>(), name: text() })
const unguardedModel = model({ id: id<'unguarded'>(), secretThing: text() })
const models = defineSchema({ user, unguarded: unguardedModel })
const actor = { id: ref('user') }
const { user: Users, unguarded: Things } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const userPolicy = Users.policy(() => ({}))
const view = Things.view(({ row }) => ({ secretThing: row.secretThing }))
const things = Things.expose({ view, operations: ['list'] })

/** An app that forgot to say who may see one of its models. */
export const unguarded = () =>
  app({ name: 'unguarded', schema: models, use: { everything: { userPolicy, view, things } } })
