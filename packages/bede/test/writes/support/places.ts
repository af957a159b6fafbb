import {
  type ActorOf,
  and,
  anyone,
  app,
  array,
  defineSchema,
  fromActor,
  id,
  integer,
  json,
  model,
  not,
  one,
  ref,
  resources,
  text,
} from '../../../src/index.ts'

/** What people set as they like, in one document. */
export const settings = {
  type: 'object',
  additionalProperties: false,
  properties: {
    theme: { enum: ['dark', 'light'] },
    note: { type: 'string', maxLength: 40 },
    size: { type: 'number' },
    beta: { type: 'boolean' },
    ui: {
      type: 'object',
      properties: { columns: { type: 'integer' }, title: { type: ['string', 'null'] }, open: { type: 'boolean' } },
    },
    marks: { type: 'array', items: { type: 'string' } },
  },
} as const

const person = model({ id: id<'person'>(), name: text() })
const desk = model(
  {
    id: id<'desk'>(),
    name: text({ max: 40 }),
    settings: json({ schema: settings, default: {} }),
    draft: json({ schema: settings, optional: true }),
    hidden: json({ schema: settings, private: true, default: {} }),
    slug: text({ generated: true }),
    noteLength: integer({ generated: true, optional: true }),
    labels: array(text({ max: 20 }), { max: 4, default: [] }),
    ranks: array(integer(), { optional: true }),
    ownerId: ref('person', { default: fromActor('id') }),
    owner: one('ownerId'),
  },
  {
    generated: { slug: (row) => row.name.slugify(), noteLength: (row) => row.settings.at('note').length() },
    index: [
      ['labels'],
      ['slug'],
      ['noteLength'],
      ['ranks'],
      ['settings.theme'],
      ['settings.size', 'name'],
      ['settings.ui.columns'],
      ['settings.beta'],
      ['hidden.note'],
    ],
  },
)
const models = defineSchema({ person, desk })
const actor = { id: ref('person') }
interface Office extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { person: Persons, desk: Desks } = resources<Office, Actor>(models, actor)

const deskView = Desks.view(({ row }) => ({
  id: row.id,
  name: row.name,
  theme: row.settings.at('theme'),
  dark: row.settings.at('theme').eq('dark'),
  beta: row.settings.at('beta'),
  size: row.settings.at('size').orElse(1).times(2),
  columns: row.settings.at('ui').at('columns'),
  marks: row.settings.at('marks'),
  settings: row.settings,
  draft: row.draft,
  labels: row.labels,
  slug: row.slug,
  noteLength: row.noteLength,
  ranks: row.ranks,
  tidy: and(not(row.labels.isEmpty()), row.labels.hasAll(['tidy']), not(row.labels.hasAny(['broken', 'lost']))),
}))

const desksApi = Desks.expose({
  view: deskView,
  operations: ['list', 'get', 'create', 'update', 'createMany', 'updateMany'],
  filter: [
    'settings.theme',
    'settings.size',
    'settings.ui.columns',
    'settings.beta',
    'labels',
    'ranks',
    'slug',
    'noteLength',
  ],
  sort: ['noteLength', 'slug'],
})

/** Sets one member and leaves the others to whoever sets them at the same time. */
const setTheme = Desks.action({
  input: { theme: text({ max: 10 }) },
  set: ({ row, input }) => ({ settings: row.settings.with('note', input.theme) }),
})
const widen = Desks.action({
  set: ({ row }) => ({
    settings: row.settings
      .with('size', row.settings.at('size').orElse(0).plus(1))
      .with('ui', row.settings.at('ui').with('open', true)),
    draft: row.draft.without('note').with('beta', false),
  }),
})

/** One item more, or fewer: nobody who does the same at once is lost. */
const label = Desks.action({
  input: { label: text({ max: 20 }) },
  set: ({ row, input }) => ({ labels: row.labels.append(input.label) }),
})
const unlabel = Desks.action({
  input: { label: text({ max: 20 }), rank: integer({ optional: true }) },
  set: ({ row, input }) => ({ labels: row.labels.remove(input.label), ranks: row.ranks.append(input.rank) }),
})

export const office = () =>
  app({
    name: 'office',
    schema: models,
    use: {
      policies: {
        personPolicy: Persons.policy(() => ({ read: anyone })),
        // What is generated is known before the row is written.
        deskPolicy: Desks.policy(({ row }) => {
          const free = row.slug.ne('forbidden')
          return { read: anyone, create: free, update: { from: anyone, to: free } }
        }),
      },
      desks: { deskView, desksApi, setTheme, widen, label, unlabel },
    },
  })
