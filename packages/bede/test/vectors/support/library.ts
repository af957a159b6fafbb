import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  id,
  integer,
  model,
  ref,
  resources,
  text,
  vector,
  verbs,
} from '../../../src/index.ts'

const user = model({ id: id<'user'>() })
const note = model(
  {
    id: id<'note'>(),
    title: text({ max: 80 }),
    level: integer({ default: 0 }),
    embedding: vector({ dimensions: 3, optional: true }),
  },
  {
    index: [
      { fields: ['embedding'], method: 'hnsw', distance: 'cosine' },
      { fields: ['embedding'], method: 'hnsw', distance: 'l2' },
      { fields: ['embedding'], method: 'hnsw', distance: 'innerProduct' },
    ],
    history: true,
  },
)
const models = defineSchema({ user, note })
const actor = { id: ref('user') }
const { user: Users, note: Notes } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)
const view = Notes.view(({ row }) => ({ id: row.id, title: row.title, embedding: row.embedding }))
const body = { near: vector({ dimensions: 3 }), count: integer({ min: 1, max: 100 }) }
/** Notes with vectors, and routes to the nearest by each distance. */
export const library = app({
  name: 'library',
  schema: models,
  use: {
    all: {
      userPolicy: Users.policy(() => ({})),
      notePolicy: Notes.policy(({ row }) => ({
        read: row.level.eq(0),
        create: anyone,
        update: anyone,
        history: anyone,
      })),
      view,
      notes: Notes.expose({ view, operations: ['list', 'get', 'create', 'update', 'history', 'asOf'] }),
      byCosine: route('POST /by-cosine', {
        auth: 'optional',
        body,
        answers: ({ body }) => ({
          items: Notes.list((row) => ({ title: row.title, distance: row.embedding.cosineDistance(body.near) }), {
            order: (row) => row.embedding.cosineDistance(body.near).asc(),
            limit: body.count,
          }),
        }),
      }),
      byLength: route('POST /by-length', {
        auth: 'optional',
        body,
        answers: ({ body }) => ({
          items: Notes.list((row) => ({ title: row.title, distance: row.embedding.l2Distance(body.near) }), {
            order: (row) => row.embedding.l2Distance(body.near).asc(),
            limit: body.count,
          }),
        }),
      }),
      byProduct: route('POST /by-product', {
        auth: 'optional',
        body,
        answers: ({ body }) => ({
          items: Notes.list((row) => ({ title: row.title, distance: row.embedding.innerProduct(body.near) }), {
            order: (row) => row.embedding.innerProduct(body.near).desc(),
            limit: body.count,
          }),
        }),
      }),
      within: route('GET /within', {
        auth: 'optional',
        query: { near: vector({ dimensions: 3 }) },
        answers: ({ query }) => ({
          items: Notes.list((row) => ({ title: row.title }), {
            where: (row) => row.embedding.cosineDistance(query.near).lt(0.5),
            order: (row) => row.title.asc(),
            limit: 100,
          }),
        }),
      }),
    },
  },
})
