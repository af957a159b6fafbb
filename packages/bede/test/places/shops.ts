import {
  type ActorOf,
  anyone,
  app,
  array,
  defineSchema,
  float,
  fromActor,
  id,
  many,
  model,
  not,
  one,
  point,
  ref,
  resources,
  text,
  verbs,
} from '../../src/index.ts'

const person = model({ id: id<'person'>(), name: text(), shops: many('shop', 'ownerId') })
const shop = model(
  {
    id: id<'shop'>(),
    name: text({ max: 40 }),
    place: point(),
    exit: point({ optional: true }),
    hidden: point({ private: true, default: { lat: 1, lon: 2 } }),
    ownerId: ref('person', { default: fromActor('id') }),
    owner: one('ownerId'),
  },
  {
    history: true,
    index: [['place'], ['exit'], ['name']],
    // Nobody sells on the island of Null.
    check: { onLand: (row) => not(row.place.within({ lat: 0, lon: 0 }, 1000)) },
  },
)
const models = defineSchema({ person, shop })
const actor = { id: ref('person') }
interface Town extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { person: Persons, shop: Shops } = resources<Town, Actor>(models, actor)
const { action, route } = verbs<Actor>(actor)

const fountain = { lat: 52.52, lon: 13.405 }
const shopView = Shops.view(({ row }) => ({
  id: row.id,
  name: row.name,
  place: row.place,
  exit: row.exit,
  toFountain: row.place.distance(fountain),
  toExit: row.place.distance(row.exit),
  central: row.place.within(fountain, 2000),
  door: row.exit.orElse(row.place),
  neighbors: row.owner.shops.count((other) => other.place.within(row.place, 1000)),
}))

const shopsApi = Shops.expose({
  view: shopView,
  operations: ['list', 'get', 'create', 'update', 'createMany', 'updateMany', 'history', 'asOf'],
  filter: ['place', 'exit', 'name'],
  sort: ['name'],
})

const personView = Persons.view(({ row }) => ({ id: row.id }))
const personsApi = Persons.expose({ view: personView, operations: ['list'], filter: ['shops.place'] })

/** The nearest first. */
const nearest = route('GET /nearest', {
  auth: 'optional',
  query: { at: point(), metres: float({ default: 5000, min: 0, max: 20_000_000 }) },
  answers: ({ query }) => ({
    shops: Shops.list((row) => ({ name: row.name, metres: row.place.distance(query.at).round(), place: row.place }), {
      where: (row) => row.place.within(query.at, query.metres),
      order: (row) => row.place.distance(query.at).asc(),
      limit: 10,
    }),
  }),
})

const move = Shops.action({
  input: { to: point({ optional: true, nullable: true }) },
  set: ({ input, row }) => ({ exit: input.to, place: row.exit.orElse(row.place) }),
})

/** A handler's own values are places too. */
const settle = action({
  input: { at: point() },
  output: { id: ref('shop'), near: array(text()) },
  run: async ({ input, db }) => {
    const { id } = await db.create(Shops, { name: 'settled', place: input.at, exit: { lat: input.at.lat, lon: 1 } })
    await db.update(Shops, id, { exit: { lat: -1.5, lon: input.at.lon } })
    const near = await db.run(Shops.list((row) => row.name, { where: (row) => row.place.within(input.at, 100) }))
    return { id, near }
  },
})

export const town = () =>
  app({
    name: 'town',
    schema: models,
    use: {
      policies: {
        personPolicy: Persons.policy(() => ({ read: anyone })),
        // What is near the pole is not for a shop.
        shopPolicy: Shops.policy(({ row }) => {
          const free = not(row.place.within({ lat: 90, lon: 0 }, 1000))
          return { read: anyone, create: free, update: { from: anyone, to: free }, history: anyone }
        }),
      },
      shops: { shopView, shopsApi, personView, personsApi, nearest, move, settle },
    },
  })
