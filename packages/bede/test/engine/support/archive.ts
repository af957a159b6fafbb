import {
  type ActorOf,
  and,
  app,
  bool,
  choice,
  decimal,
  defineSchema,
  fromActor,
  id,
  integer,
  many,
  model,
  one,
  or,
  readable,
  ref,
  resources,
  signedIn,
  system,
  text,
  verbs,
} from '../../../src/index.ts'

/** An archive whose folders and pages stay when they are deleted: what `softDelete` is tested with. */

const person = model({
  id: id<'person'>(),
  name: text(),
  role: choice(['member', 'keeper'], { default: 'member' }),
})

const folder = model(
  {
    id: id<'folder'>(),
    slug: text({ unique: true }),
    shared: bool({ default: false }),
    combination: text({ optional: true, private: true }),
    worth: decimal({ precision: 8, scale: 2, optional: true }),
    ownerId: ref('person', { default: fromActor('id') }),
    pages: many('page', 'folderId'),
    marks: many('mark', 'folderId'),
  },
  { softDelete: true, history: true, unique: [{ fields: ['ownerId'], where: (row) => row.shared.eq(true) }] },
)

const page = model(
  {
    id: id<'page'>(),
    title: text(),
    size: integer({ default: 0 }),
    folderId: ref('folder', { onDelete: 'cascade' }),
    parentId: ref('page', { optional: true, onDelete: 'cascade' }),
    folder: one('folderId'),
    parts: many('page', 'parentId'),
  },
  { softDelete: true, history: true, unique: [['folderId', 'title']] },
)

/** It keeps its folder from being deleted while it lives. */
const loan = model({ id: id<'loan'>(), folderId: ref('folder') }, { softDelete: true })
/** It is gone when it is deleted, and with its folder when that is purged. */
const mark = model({ id: id<'mark'>(), folderId: ref('folder', { onDelete: 'cascade' }), folder: one('folderId') })

const models = defineSchema({ person, folder, page, loan, mark })
const actor = { id: ref('person'), role: choice(['member', 'keeper']) }
type Models = typeof models
interface Archive extends Models {}
interface Actor extends ActorOf<typeof actor> {}
const all = resources<Archive, Actor>(models, actor)
const { person: People, folder: Folders, page: Pages, loan: Loans, mark: Marks } = all
const { action } = verbs<Actor>(actor)

const personPolicy = People.policy(() => ({ read: signedIn }))
const folderPolicy = Folders.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return {
    read: or(mine, row.shared.eq(true)),
    create: mine,
    update: mine,
    delete: mine,
    restore: mine,
    purge: and(mine, actor.role.eq('keeper')),
    history: mine,
    fields: { worth: { read: actor.role.eq('keeper') } },
  }
})
const pagePolicy = Pages.policy(({ row, actor }) => {
  const mine = row.folder.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine, delete: mine, restore: mine, history: mine }
})
const loanPolicy = Loans.policy(() => ({ read: signedIn, create: signedIn, delete: signedIn, restore: signedIn }))
const markPolicy = Marks.policy(() => ({ read: signedIn, create: signedIn }))

const folderView = Folders.view(({ row }) => ({
  id: row.id,
  slug: row.slug,
  deletedAt: row.deletedAt,
  pages: row.pages.list((one) => one.title, { order: (one) => one.title.asc() }),
  big: row.pages.some((one) => one.size.gt(10)),
  every: row.pages.every((one) => one.size.lt(10)),
  none: row.pages.none(),
  count: row.pages.count(),
  worth: readable(row.worth),
}))
const pageView = Pages.view(({ row }) => ({ id: row.id, title: row.title, folder: row.folder.slug }))
const loanView = Loans.view(({ row }) => ({ id: row.id }))
const markView = Marks.view(({ row }) => ({ id: row.id, folder: row.folder.slug }))

const deleted = ['listDeleted', 'restore', 'purge', 'history', 'asOf'] as const
const folders = Folders.expose({
  view: folderView,
  operations: ['list', 'get', 'create', 'update', 'delete', 'deleteMany', 'createMany', 'upsert', ...deleted],
  key: ['slug'],
  accepts: { create: ['slug', 'shared', 'combination', 'worth'], update: ['slug', 'shared', 'combination', 'worth'] },
})
const pages = Pages.expose({
  view: pageView,
  operations: ['list', 'get', 'create', 'update', 'delete', 'listDeleted', 'restore', 'history', 'asOf'],
})
const loans = Loans.expose({ view: loanView, operations: ['list', 'create', 'delete', 'restore'] })
const marks = Marks.expose({ view: markView, operations: ['list', 'create'] })

/** Everything a handler can do with what is deleted. */
const tidy = action({
  input: {
    folder: ref('folder', { optional: true }),
    before: text({ optional: true }),
    back: bool({ default: false }),
  },
  run: async ({ input, db }) => {
    const system_ = db.as(system('tidying up'))
    const seen = await db.deleted(Folders, folderView)
    if (input.folder !== undefined && input.back) await db.restore(Folders, input.folder)
    else if (input.folder !== undefined) await db.purge(Folders, input.folder)
    const purged = input.before === undefined ? 0 : await system_.purgeDeleted(Folders, { before: input.before })
    return { seen: seen.map(({ slug }) => slug), purged }
  },
})

const inspect = action({
  input: { folder: ref('folder'), at: text() },
  auth: 'optional',
  run: async ({ input, db }) => {
    const as = db.as(system('an inspection'))
    return {
      mine: await db.history(Folders, input.folder),
      every: await as.history(Folders, input.folder),
      then: await db.asOf(Folders, input.folder, input.at, folderView),
    }
  },
})

/** What the system does, the history says so. */
const seal = action({
  input: { folder: ref('folder') },
  run: async ({ input, db }) => {
    await db.as(system('sealing')).update(Folders, input.folder, { slug: 'sealed' })
    return {}
  },
})

const all_ = {
  ...{ personPolicy, folderPolicy, pagePolicy, loanPolicy, markPolicy, folderView, pageView, loanView, markView },
  ...{ folders, pages, loans, marks, tidy, inspect, seal },
}
export const archive = () => app({ name: 'archive', schema: models, use: { all: all_ } })
