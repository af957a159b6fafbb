import type { Asked } from './siege.ts'
import type { Things } from './tower-siege.ts'

/** Things that are nowhere. */
export const nowhere: Things = {
  organization: '0190a1b2-c3d4-7e5f-8a9b-00000000e001',
  project: '0190a1b2-c3d4-7e5f-8a9b-00000000e002',
  deleted: '0190a1b2-c3d4-7e5f-8a9b-00000000e003',
  task: '0190a1b2-c3d4-7e5f-8a9b-00000000e004',
  step: '0190a1b2-c3d4-7e5f-8a9b-00000000e005',
  tag: '0190a1b2-c3d4-7e5f-8a9b-00000000e006',
  label: '0190a1b2-c3d4-7e5f-8a9b-00000000e007',
  settings: '0190a1b2-c3d4-7e5f-8a9b-00000000e008',
  bookmark: '0190a1b2-c3d4-7e5f-8a9b-00000000e00a',
  pin: '0190a1b2-c3d4-7e5f-8a9b-00000000e00b',
  user: '0190a1b2-c3d4-7e5f-8a9b-00000000e009',
  slug: 'slug-of-nobody',
  tagName: 'tag-of-nobody',
}

/** A request, and what is sent with it. */
export interface Attempt extends Asked {
  readonly does: readonly [method: string, path: string]
}
const get = (path: string): Attempt => ({ does: ['GET', path] })
const send = (method: string, path: string, json?: unknown, headers?: Record<string, string>): Attempt => ({
  does: [method, path],
  ...(json === undefined ? {} : { json }),
  ...(headers && { headers }),
})
const later = '2100-01-01T00:00:00Z'
const someTag = { 'If-Match': `"${'0'.repeat(32)}"` }

/**
 * What one may try with things of somebody else, for every operation: `x` are those things, or some that are nowhere,
 * and `ours` one's own. `word`: what their texts are guessed to hold.
 */
export const attempts = (x: Things, ours: Things, word: string): Record<string, Attempt[]> => ({
  'me.permissions': [
    ...['get', 'update', 'delete', 'restore', 'purge'].flatMap((verb) => [
      get(`/me/permissions?operation=project.${verb}&id=${x.project}`),
      get(`/me/permissions?operation=project.${verb}&id=${x.deleted}`),
      get(`/me/permissions?operation=project.${verb}&ids=${x.project},${x.deleted}`),
    ]),
    ...['get', 'update', 'delete'].map((verb) => get(`/me/permissions?operation=task.${verb}&id=${x.task}`)),
    get(`/me/permissions?operation=close&ids=${x.project},${ours.project}`),
  ],
  'project.list': [
    ...[`slug=${x.slug}`, `tasks.title=${word}`, 'owner.handle=bob', `ownerId=${x.user}`, `ownerId[ne]=${x.user}`],
    ...[`q=${word}`, 'sort=-budget', 'status=open', 'budget[gte]=0'],
  ].map((asked) => get(`/projects?count=true&limit=1&${asked}`)),
  'project.get': [get(`/projects/${x.project}`), get(`/projects/${x.deleted}`)],
  'project.create': [
    send('POST', '/projects', { slug: x.slug }),
    send('POST', '/projects', { slug: `${x.slug}-1`, tasks: [{ title: 't', parentId: x.task }] }),
  ],
  'project.update': [
    send('PATCH', `/projects/${x.project}`, { title: 'mine' }),
    send('PATCH', `/projects/${x.project}`, { title: 'mine' }, someTag),
    send('PATCH', `/projects/${x.project}`, { tasks: { create: [{ title: 'mine' }] } }),
    send('PATCH', `/projects/${ours.project}`, { tasks: { update: [{ id: x.task, title: 'mine' }] } }),
    send('PATCH', `/projects/${ours.project}`, { tasks: { update: [{ id: ours.task, parentId: x.task }] } }),
    send('PATCH', `/projects/${ours.project}`, { tasks: { delete: [x.task] } }),
    send('PATCH', `/projects/${ours.project}`, { tasks: { create: [{ title: 't', parentId: x.task }] } }),
    send('PATCH', `/projects/${ours.project}`, {
      tasks: { update: [{ id: x.task, steps: { create: [{ note: 'n' }] } }] },
    }),
  ],
  'project.delete': [
    send('DELETE', `/projects/${x.project}`),
    send('DELETE', `/projects/${x.project}`, undefined, someTag),
  ],
  'project.createMany': [
    send('POST', '/projects/batch', { items: [{ slug: `${x.slug}-2` }, { slug: `${x.slug}-2` }] }),
  ],
  'project.updateMany': [
    send('PATCH', '/projects/batch', { items: [x.project, x.deleted].map((id) => ({ id, title: 'mine' })) }),
  ],
  'project.deleteMany': [send('POST', '/projects/batch/delete', { ids: [x.project, x.deleted] })],
  'project.upsert': [
    send('PUT', `/projects/by/slug/${x.slug}-3`, { budget: 1 }, someTag),
    send('PUT', `/projects/by/slug/${x.slug}-3`, { budget: 1 }, { 'If-None-Match': '*' }),
    send('PUT', `/projects/by/slug/${x.slug}-4`, { budget: 1 }),
  ],
  'project.listDeleted': [get('/projects/deleted?count=true')],
  'project.restore': [x.project, x.deleted].map((id) => send('POST', `/projects/${id}/restore`)),
  'project.purge': [x.project, x.deleted].map((id) => send('POST', `/projects/${id}/purge`)),
  'project.history': [x.project, x.deleted].map((id) => get(`/projects/${id}/history?count=true`)),
  'project.asOf': [x.project, x.deleted].map((id) => get(`/projects/${id}/as-of?at=${later}`)),
  'project.aggregate': [
    get(`/projects/aggregate?slug=${x.slug}&measure=count,sum.budget,max.slug`),
    get(`/projects/aggregate?q=${word}&measure=count`),
    get(`/projects/aggregate?tasks.title=${word}&groupBy=owner.handle`),
  ],
  close: [send('POST', `/projects/${x.project}/close`)],
  'project.addTags': [
    send('PUT', `/projects/${x.project}/tags/${ours.tag}`),
    send('PUT', `/projects/${ours.project}/tags/${x.tag}`),
    send('PUT', `/projects/${x.project}/tags/${x.tag}`),
  ],
  'project.removeTags': [
    send('DELETE', `/projects/${x.project}/tags/${ours.tag}`),
    send('DELETE', `/projects/${ours.project}/tags/${x.tag}`),
    send('DELETE', `/projects/${x.project}/tags/${x.tag}`),
  ],
  'task.list': [
    ...[`projectId=${x.project}`, `parentId=${x.task}`, `assigneeId=${x.user}`, `title=${word}`, 'sort=-points'],
    ...[`projectId[in]=${x.project},${x.deleted}`, `title[startsWith]=${word}`],
  ].map((asked) => get(`/tasks?count=true&limit=1&${asked}`)),
  'task.get': [get(`/tasks/${x.task}`)],
  'task.create': [
    send('POST', '/tasks', { title: 't', projectId: x.project }),
    send('POST', '/tasks', { title: 't', projectId: ours.project, parentId: x.task }),
  ],
  'task.update': [
    send('PATCH', `/tasks/${x.task}`, { title: 'mine' }),
    send('PATCH', `/tasks/${ours.task}`, { projectId: x.project }),
    send('PATCH', `/tasks/${ours.task}`, { parentId: x.task }),
  ],
  'task.delete': [send('DELETE', `/tasks/${x.task}`)],
  'task.createMany': [
    send('POST', '/tasks/batch', {
      items: [
        { title: 't', projectId: x.project },
        { title: 't', projectId: ours.project, parentId: x.task },
      ],
    }),
  ],
  'task.updateMany': [
    send('PATCH', '/tasks/batch', { items: [{ id: x.task, title: 'mine' }] }),
    send('PATCH', '/tasks/batch', { items: [{ id: ours.task, projectId: x.project }] }),
    send('PATCH', '/tasks/batch', { items: [{ id: ours.task, parentId: x.task }] }),
  ],
  'task.deleteMany': [send('POST', '/tasks/batch/delete', { ids: [x.task] })],
  'task.listDeleted': [get('/tasks/deleted?count=true')],
  'task.restore': [send('POST', `/tasks/${x.task}/restore`)],
  'task.purge': [send('POST', `/tasks/${x.task}/purge`)],
  startTask: [
    send('POST', '/tasks/start-task', { title: 't', projectId: x.project }),
    send('POST', '/tasks/start-task', { title: 't', projectId: ours.project, parentId: x.task }),
  ],
  'step.list': [get(`/steps?count=true&taskId=${x.task}`), get('/steps?count=true')],
  'step.get': [get(`/steps/${x.step}`)],
  'step.create': [send('POST', '/steps', { note: 'n', taskId: x.task })],
  'step.update': [
    send('PATCH', `/steps/${x.step}`, { note: 'n' }),
    send('PATCH', `/steps/${ours.step}`, { taskId: x.task }),
  ],
  'step.delete': [send('DELETE', `/steps/${x.step}`)],
  'step.createMany': [send('POST', '/steps/batch', { items: [{ note: 'n', taskId: x.task }] })],
  'step.updateMany': [
    send('PATCH', '/steps/batch', { items: [{ id: x.step, note: 'n' }] }),
    send('PATCH', '/steps/batch', { items: [{ id: ours.step, taskId: x.task }] }),
  ],
  'step.deleteMany': [send('POST', '/steps/batch/delete', { ids: [x.step] })],
  'tag.list': [get(`/tags?name=${x.tagName}`), get('/tags?sort=-name&count=true')],
  'tag.get': [get(`/tags/${x.tag}`)],
  'tag.create': [send('POST', '/tags', { name: x.tagName })],
  'tag.update': [send('PATCH', `/tags/${x.tag}`, { name: 'mine' })],
  'tag.delete': [send('DELETE', `/tags/${x.tag}`)],
  'tag.createMany': [send('POST', '/tags/batch', { items: [{ name: `${x.tagName}-1` }] })],
  'tag.updateMany': [
    send('PATCH', '/tags/batch', { items: [{ id: x.tag, name: 'mine' }] }),
    send('PATCH', '/tags/batch', { items: [{ id: ours.tag, name: `${x.tagName}-2` }] }),
  ],
  'tag.deleteMany': [send('POST', '/tags/batch/delete', { ids: [x.tag] })],
  'tag.upsert': [
    send('PUT', `/tags/by/name/${x.tagName}-3`, {}),
    send('PUT', `/tags/by/name/${x.tagName}-4`, {}, someTag),
  ],
  ensureTag: [send('POST', '/tags/ensure-tag', { name: `${x.tagName}-5` })],
  'label.list': [get(`/labels?projectId=${x.project}`), get(`/labels?tagId=${x.tag}`), get('/labels?count=true')],
  'label.get': [get(`/labels/${x.label}`)],
  'label.create': [
    send('POST', '/labels', { projectId: x.project, tagId: ours.tag }),
    send('POST', '/labels', { projectId: ours.project, tagId: x.tag }),
    send('POST', '/labels', { projectId: x.project, tagId: x.tag }),
  ],
  'label.update': [
    send('PATCH', `/labels/${x.label}`, { tagId: ours.tag }),
    send('PATCH', `/labels/${ours.label}`, { tagId: x.tag }),
    send('PATCH', `/labels/${ours.label}`, { projectId: x.project }),
  ],
  'label.delete': [send('DELETE', `/labels/${x.label}`)],
  'label.createMany': [
    send('POST', '/labels/batch', {
      items: [
        { projectId: x.project, tagId: ours.tag },
        { projectId: ours.project, tagId: x.tag },
      ],
    }),
  ],
  'label.updateMany': [
    send('PATCH', '/labels/batch', { items: [{ id: x.label, tagId: ours.tag }] }),
    send('PATCH', '/labels/batch', { items: [{ id: ours.label, tagId: x.tag }] }),
  ],
  'label.deleteMany': [send('POST', '/labels/batch/delete', { ids: [x.label] })],
  'settings.list': [get('/settings?count=true')],
  'settings.get': [get(`/settings/${x.settings}`)],
  'settings.update': [send('PATCH', `/settings/${x.settings}`, { color: 'mine' })],
  'settings.upsert': [send('PUT', '/settings', { color: 'mine' })],
  'bookmark.list': [get('/bookmarks?count=true')],
  'bookmark.create': [send('POST', '/bookmarks', { projectId: x.project })],
  'bookmark.update': [
    send('PATCH', `/bookmarks/${x.bookmark}`, { projectId: ours.project }),
    send('PATCH', `/bookmarks/${ours.bookmark}`, { projectId: x.project }),
  ],
  'pin.list': [get('/pins?count=true')],
  'pin.create': [send('POST', '/pins', { tagId: x.tag })],
  'pin.createMany': [send('POST', '/pins/batch', { items: [{ tagId: x.tag }] })],
  'pin.update': [
    send('PATCH', `/pins/${x.pin}`, { tagId: ours.tag }),
    send('PATCH', `/pins/${ours.pin}`, { tagId: x.tag }),
  ],
  'user.list': [get(`/users?tasks.title=${word}&count=true`)],
  getBoard: [get('/api/board')],
  getProject: [
    get(`/api/projects/${x.slug.replace('slug', 'second')}`),
    get(`/api/projects/${x.slug.replace('slug', 'gone')}`),
  ],
  getNumbers: [get('/api/numbers')],
  write: [
    send('POST', '/api/write', { organizationId: x.organization, projectId: x.project }),
    send('POST', '/api/write', { organizationId: x.organization, projectId: x.project, many: 'yes' }),
  ],
  look: [
    send('POST', '/api/look', { projectId: x.project, taskId: x.task, at: later }),
    send('POST', '/api/look', { projectId: x.deleted, taskId: x.task, at: later }),
  ],
  change: [
    send('POST', '/api/change', { taskId: ours.task, projectId: x.project }),
    send('POST', '/api/change', { taskId: x.task, projectId: ours.project }),
  ],
})

/** Of what the system alone is asked, of accounts, and of what is unique over all. */
const shared = ['claimBadge', 'total', 'user.get']
/** What identity brings is about accounts, which belong to nobody in particular, and is attacked elsewhere. */
export const isShared = (operation: string): boolean => operation.startsWith('auth.') || shared.includes(operation)

/** What an answer says, whatever ids, times and names there are in it. */
export const told = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
    .replace(/"(requestId|next)":"[^"]*"/g, '$1')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/of-(?:bob|nobody)/g, 'of-X')
