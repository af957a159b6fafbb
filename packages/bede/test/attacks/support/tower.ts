import {
  type ActorOf,
  anyone,
  app,
  choice,
  defineSchema,
  fromActor,
  id,
  integer,
  many,
  model,
  one,
  ref,
  resources,
  system,
  text,
  timestamp,
  verbs,
} from '../../../src/index.ts'
import { account } from '../../support/account.ts'

/**
 * A house that several organizations share. Every policy says `anyone`: nothing but the tenant keeps them apart.
 * `user`, `organization`, `bookmark` and `pin` belong to nobody in particular.
 */

const organization = model({ id: id<'organization'>(), name: text({ unique: true, min: 1, max: 40 }) })

const user = model({
  ...account,
  organizationId: ref('organization', { optional: true, private: true }),
  tasks: many('task', 'assigneeId'),
})

const project = model(
  {
    id: id<'project'>(),
    organizationId: ref('organization'),
    slug: text({ unique: true, min: 1, max: 40 }),
    badge: text({ unique: 'global', optional: true, max: 40 }),
    title: text({ default: '', max: 60 }),
    status: choice(['open', 'closed'], { default: 'open' }),
    budget: integer({ default: 0 }),
    createdAt: timestamp({ default: 'now' }),
    ownerId: ref('user', { default: fromActor('id') }),
    owner: one('ownerId'),
    tasks: many('task', 'projectId'),
    labels: many('label', 'projectId'),
  },
  {
    tenant: 'organizationId',
    softDelete: true,
    history: true,
    search: { weights: { title: 'A' } },
    index: [['status'], ['budget'], ['createdAt']],
  },
)

const task = model(
  {
    id: id<'task'>(),
    organizationId: ref('organization', { onDelete: 'cascade' }),
    title: text({ min: 1, max: 60 }),
    points: integer({ default: 0 }),
    projectId: ref('project', { onDelete: 'cascade' }),
    project: one('projectId'),
    parentId: ref('task', { optional: true, onDelete: 'set-null' }),
    parent: one('parentId'),
    assigneeId: ref('user', { optional: true }),
    steps: many('step', 'taskId'),
  },
  { tenant: 'organizationId', softDelete: true, index: [['title'], ['points']] },
)

const step = model(
  {
    id: id<'step'>(),
    organizationId: ref('organization', { onDelete: 'cascade' }),
    note: text({ max: 60 }),
    taskId: ref('task', { onDelete: 'cascade' }),
  },
  { tenant: 'organizationId' },
)

const tag = model(
  {
    id: id<'tag'>(),
    organizationId: ref('organization', { onDelete: 'cascade' }),
    name: text({ unique: true, min: 1, max: 40 }),
  },
  { tenant: 'organizationId' },
)

const label = model(
  {
    id: id<'label'>(),
    organizationId: ref('organization', { onDelete: 'cascade' }),
    projectId: ref('project', { onDelete: 'cascade' }),
    project: one('projectId'),
    tagId: ref('tag', { onDelete: 'cascade' }),
    tag: one('tagId'),
  },
  { tenant: 'organizationId', unique: [['projectId', 'tagId']] },
)

const settings = model(
  {
    id: id<'settings'>(),
    organizationId: ref('organization', { unique: true, onDelete: 'cascade' }),
    color: text({ default: 'gray', max: 20 }),
  },
  { tenant: 'organizationId' },
)

const bookmark = model(
  {
    id: id<'bookmark'>(),
    userId: ref('user', { default: fromActor('id') }),
    projectId: ref('project', { onDelete: 'cascade' }),
    project: one('projectId'),
  },
  { unique: [['userId', 'projectId']] },
)

const pin = model(
  {
    id: id<'pin'>(),
    userId: ref('user', { default: fromActor('id') }),
    tagId: ref('tag', { onDelete: 'cascade' }),
    tag: one('tagId'),
  },
  { unique: [['userId', 'tagId']] },
)

const models = defineSchema({ organization, user, project, task, step, tag, label, settings, bookmark, pin })
const actor = {
  id: ref('user'),
  role: choice(['member', 'editor']),
  organizationId: ref('organization', { optional: true }),
}
type Models = typeof models
interface Tower extends Models {}
interface Actor extends ActorOf<typeof actor> {}
const all = resources<Tower, Actor>(models, actor)
const { organization: Organizations, user: Users, project: Projects, task: Tasks, step: Steps } = all
const { tag: Tags, label: Labels, settings: Settings, bookmark: Bookmarks, pin: Pins } = all
const { route } = verbs<Actor>(actor)

const whoever = { read: anyone, create: anyone, update: anyone, delete: anyone }
export const organizationPolicy = Organizations.policy(() => ({ read: anyone }))
export const userPolicy = Users.policy(() => ({ read: anyone }))
export const projectPolicy = Projects.policy(() => ({ ...whoever, restore: anyone, purge: anyone, history: anyone }))
export const taskPolicy = Tasks.policy(() => ({ ...whoever, restore: anyone, purge: anyone }))
export const stepPolicy = Steps.policy(() => whoever)
export const tagPolicy = Tags.policy(() => whoever)
export const labelPolicy = Labels.policy(() => whoever)
export const settingsPolicy = Settings.policy(() => whoever)
export const bookmarkPolicy = Bookmarks.policy(({ row, actor }) => ({
  read: row.userId.eq(actor.id),
  create: row.userId.eq(actor.id),
  update: row.userId.eq(actor.id),
}))

export const pinPolicy = Pins.policy(({ row, actor }) => ({
  read: row.userId.eq(actor.id),
  create: row.userId.eq(actor.id),
  update: row.userId.eq(actor.id),
}))

export const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle, role: row.role }))
export const workerView = Users.view(({ row }) => ({
  id: row.id,
  handle: row.handle,
  busy: row.tasks.some(),
  idle: row.tasks.every((one) => one.points.gt(1000)),
  tasks: row.tasks.count(),
  points: row.tasks.sum((one) => one.points),
  titles: row.tasks.list((one) => ({ title: one.title, project: one.project.slug })),
}))
export const projectView = Projects.view(({ row }) => ({
  id: row.id,
  slug: row.slug,
  title: row.title,
  status: row.status,
  budget: row.budget,
  owner: row.owner.handle,
  deletedAt: row.deletedAt,
  tags: row.labels.list((one) => one.tag.name),
  tasks: row.tasks.list((one) => ({ id: one.id, title: one.title, steps: one.steps.list((s) => s.note) })),
}))
export const taskView = Tasks.view(({ row }) => ({
  id: row.id,
  title: row.title,
  points: row.points,
  project: row.project.slug,
  parent: row.parent.title,
}))
export const stepView = Steps.view(({ row }) => ({ id: row.id, note: row.note }))
export const tagView = Tags.view(({ row }) => ({ id: row.id, name: row.name }))
export const labelView = Labels.view(({ row }) => ({ id: row.id, project: row.project.slug, tag: row.tag.name }))
export const settingsView = Settings.view(({ row }) => ({ id: row.id, color: row.color }))
export const bookmarkView = Bookmarks.view(({ row }) => ({ id: row.id, project: row.project.slug }))
export const pinView = Pins.view(({ row }) => ({ id: row.id, tag: row.tag.name }))
export const boardView = Projects.view(({ row }) => ({ slug: row.slug, tasks: row.tasks.count() })).cached({
  for: '1h',
})

export const identity = Users.identity({ register: ['handle'], view: accountView })

export const close = Projects.action({ set: () => ({ status: 'closed' }), answers: projectView })
/** Known by what is unique over all organizations: another's may be there. */
export const claimBadge = Projects.action({
  input: { badge: text({ max: 40 }), slug: text({ max: 40 }) },
  create: ({ input }) => ({ badge: input.badge, slug: input.slug }),
  exists: { set: ({ input }) => ({ slug: input.slug }) },
  key: ['badge'],
  answers: projectView,
})
export const startTask = Tasks.action({
  input: { title: text({ min: 1, max: 60 }), projectId: ref('project'), parentId: ref('task', { optional: true }) },
  create: ({ input, actor }) => ({
    title: input.title,
    projectId: input.projectId,
    parentId: input.parentId,
    assigneeId: actor.id,
  }),
  answers: taskView,
})
export const ensureTag = Tags.action({
  input: { name: text({ min: 1, max: 40 }) },
  create: ({ input }) => ({ name: input.name }),
  exists: 'keep',
  key: ['name'],
  answers: tagView,
})

const everything = ['list', 'get', 'create', 'update', 'delete', 'createMany', 'updateMany', 'deleteMany'] as const

export const projects = Projects.expose({
  view: projectView,
  operations: [...everything, 'upsert', 'listDeleted', 'restore', 'purge', 'history', 'asOf', close, claimBadge],
  key: ['slug'],
  search: true,
  filter: ['slug', 'status', 'budget', 'owner.handle', 'tasks.title', 'ownerId'],
  sort: ['createdAt', 'budget'],
  nested: { tasks: { create: true, update: true, delete: true, nested: { steps: { create: true } } } },
  links: { tags: { through: 'labels', to: 'tagId' } },
  aggregate: { groupBy: ['status', 'owner.handle'], measures: { count: true, sum: ['budget'], max: ['slug'] } },
})
export const tasks = Tasks.expose({
  view: taskView,
  operations: [...everything, 'listDeleted', 'restore', 'purge', startTask],
  filter: ['projectId', 'parentId', 'assigneeId', 'points', 'title'],
  sort: ['points'],
})
export const steps = Steps.expose({ view: stepView, operations: [...everything], filter: ['taskId'] })
export const tags = Tags.expose({
  view: tagView,
  operations: [...everything, 'upsert', ensureTag],
  filter: ['name'],
  sort: ['name'],
})
export const labels = Labels.expose({ view: labelView, operations: [...everything], filter: ['projectId', 'tagId'] })
export const preferences = Settings.expose({
  path: '/settings',
  view: settingsView,
  operations: ['list', 'get', 'upsert', 'update'],
})
export const bookmarks = Bookmarks.expose({ view: bookmarkView, operations: ['list', 'create', 'update'] })
export const pins = Pins.expose({ view: pinView, operations: ['list', 'create', 'update', 'createMany'] })
export const workers = Users.expose({ view: workerView, operations: ['list', 'get'], filter: ['tasks.title'] })

export const getBoard = route('GET /api/board', { answers: () => ({ projects: boardView.list() }) })
export const getProject = route('GET /api/projects/:slug', {
  answers: ({ params }) => ({ project: projectView.one((row) => row.slug.eq(params.slug)) }),
})
export const getNumbers = route('GET /api/numbers', {
  auth: 'optional',
  answers: () => ({
    projects: Projects.count(),
    budget: Projects.sum((row) => row.budget),
    titles: Tasks.distinct((row) => row.title),
    labels: Labels.list((row) => row.tag.name),
    first: Projects.first((row) => row.slug, { order: (row) => row.budget.desc() }),
  }),
})
/** A handler that does as it is told, with the rights of its caller. */
export const write = route('POST /api/write', {
  body: { organizationId: ref('organization'), projectId: ref('project'), many: text({ optional: true, max: 9 }) },
  run: async ({ body, db }) => {
    const { organizationId } = body
    if (body.many === undefined) return { made: await db.create(Tags, { name: 'written', organizationId }) }
    return { made: await db.createMany(Tags, [{ name: 'written', organizationId }]) }
  },
})
export const look = route('POST /api/look', {
  body: { projectId: ref('project'), taskId: ref('task'), at: timestamp() },
  run: async ({ body, db }) => ({
    project: await db.run(projectView.maybe((row) => row.id.eq(body.projectId))),
    history: await db.history(Projects, body.projectId),
    asOf: await db.asOf(Projects, body.projectId, body.at, projectView),
    deleted: await db.deleted(Projects, projectView),
    tasks: await db.run(Tasks.count((row) => row.projectId.eq(body.projectId))),
  }),
})
export const change = route('POST /api/change', {
  body: { taskId: ref('task'), projectId: ref('project') },
  run: async ({ body, db }) => ({ task: await db.update(Tasks, body.taskId, { projectId: body.projectId }) }),
})
/** What only the system does: to count over all. */
export const total = route('GET /api/total', {
  run: async ({ db }) => ({ projects: await db.as(system('a report over all tenants')).run(Projects.count()) }),
})

import * as exported from './tower.ts'

export const tower = () => {
  const { tower: _, ...use } = exported
  return app({ name: 'tower', schema: models, use: { exported: use } })
}
