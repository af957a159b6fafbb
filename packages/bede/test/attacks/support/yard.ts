import {
  type ActorOf,
  and,
  app,
  bytes,
  choice,
  defineSchema,
  fromActor,
  id,
  integer,
  json,
  many,
  model,
  one,
  or,
  ref,
  resources,
  text,
  timestamp,
  verbs,
} from '../../../src/index.ts'
import { account } from '../../support/account.ts'

/**
 * What came after the first surfaces, in an app of several tenants: rows that are deleted softly, that keep their
 * history, that are written with their children, joined, counted in groups and answered from memory.
 */

const firm = model({ id: id<'firm'>(), name: text({ unique: true, min: 1, max: 40 }) })

const user = model({
  ...account,
  firmId: ref('firm', { optional: true, private: true }),
})

const project = model(
  {
    id: id<'project'>(),
    name: text({ min: 1, max: 60 }),
    status: choice(['open', 'draft'], { default: 'open' }),
    budget: integer({ default: 0 }),
    worth: integer({ default: 0 }),
    code: text({ optional: true, private: true }),
    seal: bytes({ optional: true }),
    settings: json({ default: {} }),
    createdAt: timestamp({ default: 'now' }),
    firmId: ref('firm', { default: fromActor('firmId'), immutable: true }),
    firm: one('firmId'),
    ownerId: ref('user', { default: fromActor('id') }),
    owner: one('ownerId'),
    tasks: many('task', 'projectId'),
    labels: many('label', 'projectId'),
  },
  { softDelete: true, history: true, unique: [['firmId', 'name']], index: [['status'], ['budget']] },
)

const task = model(
  {
    id: id<'task'>(),
    title: text({ min: 1, max: 60 }),
    points: integer({ default: 0, min: 0, max: 100 }),
    remark: text({ optional: true, private: true }),
    verdict: text({ default: '', max: 40 }),
    projectId: ref('project', { onDelete: 'cascade' }),
    project: one('projectId'),
    steps: many('step', 'taskId'),
  },
  { softDelete: true },
)

const step = model(
  {
    id: id<'step'>(),
    note: text({ max: 60 }),
    taskId: ref('task', { onDelete: 'cascade' }),
    task: one('taskId'),
  },
  { softDelete: true },
)

const tag = model({
  id: id<'tag'>(),
  name: text({ min: 1, max: 40 }),
  firmId: ref('firm', { default: fromActor('firmId'), immutable: true }),
})

const label = model(
  {
    id: id<'label'>(),
    projectId: ref('project', { onDelete: 'cascade' }),
    project: one('projectId'),
    tagId: ref('tag', { onDelete: 'cascade' }),
    tag: one('tagId'),
  },
  { unique: [['projectId', 'tagId']] },
)

const models = defineSchema({ firm, user, project, task, step, tag, label })
const actor = { id: ref('user'), role: choice(['member', 'editor']), firmId: ref('firm', { optional: true }) }
type Models = typeof models
interface Yard extends Models {}
interface Actor extends ActorOf<typeof actor> {}
const all = resources<Yard, Actor>(models, actor)
const { firm: Firms, user: Users, project: Projects, task: Tasks, step: Steps, tag: Tags, label: Labels } = all
const { route } = verbs<Actor>(actor)

export const firmPolicy = Firms.policy(({ row, actor }) => ({ read: row.id.eq(actor.firmId) }))
export const userPolicy = Users.policy(({ row, actor }) => ({
  read: or(row.id.eq(actor.id), row.firmId.eq(actor.firmId)),
  fields: { email: { read: row.id.eq(actor.id) } },
}))
export const projectPolicy = Projects.policy(({ row, actor }) => {
  const ours = row.firmId.eq(actor.firmId)
  const mine = and(ours, row.ownerId.eq(actor.id))
  return {
    read: and(ours, or(row.status.eq('open'), mine)),
    create: mine,
    update: mine,
    delete: mine,
    restore: mine,
    purge: and(ours, actor.role.eq('editor')),
    history: ours,
    fields: { worth: { read: mine, write: mine }, budget: { write: mine } },
  }
})
export const taskPolicy = Tasks.policy(({ row, actor }) => {
  const ours = row.project.firmId.eq(actor.firmId)
  const mine = and(ours, row.project.ownerId.eq(actor.id))
  return {
    read: and(ours, or(row.project.status.eq('open'), mine)),
    create: mine,
    update: mine,
    delete: mine,
    restore: mine,
    fields: { verdict: { write: actor.role.eq('editor') } },
  }
})
export const stepPolicy = Steps.policy(({ row, actor }) => {
  const mine = and(row.task.project.firmId.eq(actor.firmId), row.task.project.ownerId.eq(actor.id))
  return { read: mine, create: mine }
})
export const tagPolicy = Tags.policy(({ row, actor }) => {
  const ours = row.firmId.eq(actor.firmId)
  return { read: ours, create: ours }
})
export const labelPolicy = Labels.policy(({ row, actor }) => {
  const mine = and(row.project.firmId.eq(actor.firmId), row.project.ownerId.eq(actor.id))
  return { read: mine, create: mine, delete: mine }
})

export const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle, role: row.role }))
export const projectView = Projects.view(({ row }) => ({
  id: row.id,
  name: row.name,
  status: row.status,
  budget: row.budget,
  deletedAt: row.deletedAt,
  tasks: row.tasks.list((one) => ({ id: one.id, title: one.title, steps: one.steps.list((s) => s.note) })),
}))
export const taskView = Tasks.view(({ row }) => ({ id: row.id, title: row.title, points: row.points }))
export const tagView = Tags.view(({ row }) => ({ id: row.id, name: row.name }))
export const boardView = Projects.view(({ row }) => ({
  id: row.id,
  name: row.name,
  owner: row.owner.handle,
  tasks: row.tasks.count(),
})).cached({ for: '1h' })

export const identity = Users.identity({ register: ['handle'], view: accountView })

export const projects = Projects.expose({
  view: projectView,
  operations: [
    'list',
    'get',
    'create',
    'update',
    'delete',
    'upsert',
    'createMany',
    'updateMany',
    'deleteMany',
    'listDeleted',
    'restore',
    'purge',
    'history',
    'asOf',
  ],
  filter: ['status', 'budget'],
  sort: ['budget'],
  key: ['firmId', 'name'],
  accepts: {
    create: ['name', 'status', 'budget', 'worth', 'settings'],
    update: ['name', 'status', 'budget', 'worth', 'settings', 'ownerId'],
  },
  nested: {
    tasks: { create: true, update: true, delete: true, nested: { steps: { create: true } } },
  },
  links: { tags: { through: 'labels', to: 'tagId' } },
  aggregate: {
    groupBy: ['status', 'owner.handle', 'createdAt.month'],
    measures: { count: true, sum: ['budget'], max: ['budget'], min: ['name'] },
    maxGroups: 5,
  },
})
export const tasks = Tasks.expose({
  view: taskView,
  operations: ['list', 'get', 'create', 'update', 'delete', 'restore', 'listDeleted'],
})
export const tags = Tags.expose({ view: tagView, operations: ['list', 'create'] })

export const getBoard = route('GET /api/board', { answers: () => ({ projects: boardView.list() }) })

import * as everything from './yard.ts'

export const yard = () => {
  const { yard: _, ...use } = everything
  return app({ name: 'yard', schema: models, use: { everything: use } })
}
