import { anyone, app, defineSchema, event, id, integer, model, ref, resources, text, verbs } from 'bede'

// What the fault suite writes to. Everybody may do everything: the suite is about what stays, not about who may.
const user = model({ id: id<'user'>(), name: text() })
const entry = model(
  { id: id<'entry'>(), key: text({ unique: true }), amount: integer(), transfer: text({ optional: true }) },
  { index: [['transfer']] },
)
const sheet = model({ id: id<'sheet'>(), name: text({ unique: true }), version: integer({ default: 0 }) })
const models = defineSchema({ user, entry, sheet })
const actor = { id: ref('user') }
const { user: Users, entry: Entries, sheet: Sheets } = resources(models, actor)
const { route } = verbs(actor)

const all = { read: anyone, create: anyone, update: anyone, delete: anyone }
const userPolicy = Users.policy(() => all)
const entryPolicy = Entries.policy(() => all)
const sheetPolicy = Sheets.policy(() => all)
const sheetView = Sheets.view(({ row }) => ({ id: row.id, name: row.name, version: row.version }))
const entryView = Entries.view(({ row }) => ({ id: row.id, key: row.key }))

const entryMade = event('entry.made', { key: text() })
/** One statement: the row, its event, the kept answer. */
const enter = Entries.action({
  auth: 'optional',
  input: { key: text(), amount: integer() },
  create: ({ input }) => ({ key: input.key, amount: input.amount }),
  emits: [entryMade, ({ row }) => ({ key: row.key })],
  answers: entryView,
})
const postEntry = route('POST /entries', { auth: 'optional', calls: enter })

/** A handler: two rows and two events in one transaction. */
const postTransfer = route('POST /transfers', {
  auth: 'optional',
  body: { key: text(), amount: integer() },
  run: async ({ body, db, emit }) => {
    for (const [side, amount] of [
      ['from', 0 - body.amount],
      ['to', body.amount],
    ] as const) {
      const key = `${body.key}-${side}`
      await db.create(Entries, { key, amount, transfer: body.key })
      await emit(entryMade, { key })
    }
    return { key: body.key }
  },
})

/** A counter that nobody may lose an increment of. */
const bump = Sheets.action({
  auth: 'optional',
  set: ({ row }) => ({ version: row.version.plus(1) }),
  answers: sheetView,
})
const sheetsApi = Sheets.expose({ view: sheetView, operations: ['create', 'get', 'list', bump] })

export default app({
  name: 'faults',
  schema: models,
  use: {
    faults: {
      userPolicy,
      entryPolicy,
      sheetPolicy,
      sheetView,
      entryView,
      entryMade,
      enter,
      postEntry,
      postTransfer,
      bump,
      sheetsApi,
    },
  },
})
