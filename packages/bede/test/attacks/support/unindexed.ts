import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  id,
  many,
  model,
  one,
  ref,
  resources,
  text,
} from '../../../src/index.ts'

type Path = 'remark' | 'parts.remark' | 'owner.remark'

const filteredBy =
  (filter: readonly Path[], sort: readonly 'remark'[] = []) =>
  () => {
    const user = model({ id: id<'user'>(), remark: text() })
    const thing = model({
      id: id<'thing'>(),
      remark: text(),
      ownerId: ref('user'),
      owner: one('ownerId'),
      parts: many('part', 'thingId'),
    })
    const part = model({ id: id<'part'>(), thingId: ref('thing'), remark: text() }, { index: [['thingId', 'remark']] })
    const models = defineSchema({ user, thing, part })
    const actor = { id: ref('user') }
    const all = resources<typeof models, ActorOf<typeof actor>>(models, actor)
    const userPolicy = all.user.policy(() => ({ read: anyone }))
    const thingPolicy = all.thing.policy(() => ({ read: anyone }))
    const partPolicy = all.part.policy(() => ({ read: anyone }))
    const view = all.thing.view(({ row }) => ({ id: row.id }))
    const things = all.thing.expose({ view, operations: ['list'], filter, sort })
    return app({
      name: 'unindexed',
      schema: models,
      use: { all: { userPolicy, thingPolicy, partPolicy, view, things } },
    })
  }

/** Apps that would let anybody ask for what only reading every row can answer. */
export const unindexed = [
  filteredBy(['remark']),
  filteredBy(['parts.remark']),
  filteredBy(['owner.remark']),
  filteredBy([], ['remark']),
]
