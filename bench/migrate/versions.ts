/** One version of the backend whose table is migrated, and how its clients speak to it. */
export interface Version {
  /** What was changed since the one before; the first: nothing. */
  readonly change: string
  readonly fields: string
  readonly shows: readonly string[]
  readonly options?: string
  /** What a client sends to create its `n`th row, and to change it. */
  create(n: number): Readonly<Record<string, unknown>>
  update(n: number): Readonly<Record<string, unknown>>
}

const name = (n: number): string => `First${n} Last${n}`
const split = (n: number) => ({ first: `First${n}`, last: `Last${n}` })

/** Each leads to the next by one migration; while it is applied, and after it, the two serve side by side. */
export const versions: readonly Version[] = [
  {
    change: 'start',
    fields: 'name: text(), visits: integer({ default: 0 }), note: text({ optional: true })',
    shows: ['name', 'visits', 'note'],
    create: (n) => ({ name: name(n), note: `note ${n}` }),
    update: (n) => ({ visits: n, note: `changed ${n}` }),
  },
  {
    change: 'add a field and an index',
    fields:
      'name: text(), visits: integer({ default: 0 }), note: text({ optional: true }), rating: integer({ default: 0 })',
    shows: ['name', 'visits', 'note', 'rating'],
    options: "index: [['createdAt'], ['rating']]",
    create: (n) => ({ name: name(n), note: `note ${n}`, rating: n % 5 }),
    update: (n) => ({ visits: n, note: `changed ${n}` }),
  },
  {
    change: 'rename a field',
    fields:
      "name: text(), visits: integer({ default: 0 }), remark: text({ optional: true, was: 'note' }), rating: integer({ default: 0 })",
    shows: ['name', 'visits', 'remark', 'rating'],
    options: "index: [['createdAt'], ['rating']]",
    create: (n) => ({ name: name(n), remark: `note ${n}`, rating: n % 5 }),
    update: (n) => ({ visits: n, remark: `changed ${n}` }),
  },
  {
    change: 'change a type',
    fields:
      "name: text(), visits: bigint({ default: '0' }), remark: text({ optional: true }), rating: integer({ default: 0 })",
    shows: ['name', 'visits', 'remark', 'rating'],
    options: "index: [['createdAt'], ['rating']]",
    create: (n) => ({ name: name(n), remark: `note ${n}`, rating: n % 5 }),
    update: (n) => ({ visits: String(n), remark: `changed ${n}` }),
  },
  {
    change: 'split a field into two',
    fields:
      "name: text({ optional: true }), first: text(), last: text(), visits: bigint({ default: '0' }), remark: text({ optional: true }), rating: integer({ default: 0 })",
    shows: ['first', 'last', 'visits', 'remark', 'rating'],
    options:
      "index: [['createdAt'], ['rating']], backfill: { first: (row) => row.name.before(' '), last: (row) => row.name.after(' ') }",
    create: (n) => ({ ...split(n), remark: `note ${n}`, rating: n % 5 }),
    update: (n) => ({ visits: String(n), remark: `changed ${n}` }),
  },
  {
    change: 'drop a field',
    fields:
      "first: text(), last: text(), visits: bigint({ default: '0' }), remark: text({ optional: true }), rating: integer({ default: 0 })",
    shows: ['first', 'last', 'visits', 'remark', 'rating'],
    options: "index: [['createdAt'], ['rating']]",
    create: (n) => ({ ...split(n), remark: `note ${n}`, rating: n % 5 }),
    update: (n) => ({ visits: String(n), remark: `changed ${n}` }),
  },
]

/** The app file of a version. */
export const appText = ({ fields, shows, options = "index: [['createdAt']]" }: Version): string => `
import { type ActorOf, anyone, app, bigint, defineSchema, id, integer, model, ref, resources, text, timestamp } from 'bede'

const user = model({ id: id<'user'>() })
const customer = model(
  { id: id<'customer'>(), createdAt: timestamp({ default: 'now', immutable: true }), ${fields} },
  { ${options} },
)
const models = defineSchema({ user, customer })
const actor = { id: ref('user') }
const { user: Users, customer: Customers } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const userPolicy = Users.policy(() => ({ read: anyone }))
const customerPolicy = Customers.policy(() => ({ read: anyone, create: anyone, update: anyone }))
const view = Customers.view(({ row }) => ({ id: row.id, createdAt: row.createdAt, ${shows.map((field) => `${field}: row.${field}`).join(', ')} }))
const customers = Customers.expose({ view, operations: ['list', 'get', 'create', 'update'], sort: ['createdAt'] })

export default app({ name: 'shop', schema: models, use: { all: { userPolicy, customerPolicy, view, customers } } })
`
