import {
  type ActorOf,
  and,
  anyone,
  app,
  bool,
  choice,
  defineSchema,
  file,
  fromActor,
  id,
  model,
  one,
  or,
  Problem,
  ref,
  resources,
  sendFile,
  system,
  text,
  verbs,
} from '../../../src/index.ts'
import { account } from '../../support/account.ts'

/** An app whose rows have files: pictures that others see once they are shown, and papers of one organization. */

const organization = model({ id: id<'organization'>(), name: text() })
const user = model({
  ...account,
  organizationId: ref('organization', { optional: true }),
})
const picture = model({
  id: id<'picture'>(),
  title: text({ min: 1, max: 60 }),
  state: choice(['draft', 'shown'], { default: 'draft' }),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  owner: one('ownerId'),
  image: file({ types: ['image/png', 'image/jpeg', 'image/svg+xml'], max: '20kb', pixels: 1_000_000 }),
  /** Only editors may change or see it. */
  proof: file({ types: ['application/octet-stream'], max: '2mb' }),
})
const paper = model(
  {
    id: id<'paper'>(),
    title: text(),
    organizationId: ref('organization'),
    scan: file({ types: ['application/pdf', 'text/plain', 'text/csv'], max: '1mb' }),
  },
  { tenant: 'organizationId', softDelete: true, history: true },
)

const models = defineSchema({ organization, user, picture, paper })
const actor = {
  id: ref('user'),
  role: choice(['member', 'editor']),
  organizationId: ref('organization', { optional: true }),
}
type Models = typeof models
interface Studio extends Models {}
interface Actor extends ActorOf<typeof actor> {}
const {
  organization: Organizations,
  user: Users,
  picture: Pictures,
  paper: Papers,
} = resources<Studio, Actor>(models, actor)

const { route } = verbs<Actor>(actor)

export const organizationPolicy = Organizations.policy(() => ({ read: anyone }))
export const userPolicy = Users.policy(({ row, actor }) => ({
  read: anyone,
  fields: { email: { read: row.id.eq(actor.id) } },
}))
export const picturePolicy = Pictures.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  const editor = actor.role.eq('editor')
  return {
    read: or(mine, editor, row.state.eq('shown')),
    create: mine,
    // What is shown is shown with an image.
    update: { from: or(mine, editor), to: and(or(mine, editor), or(row.state.eq('draft'), row.image.isNotNull())) },
    delete: mine,
    fields: { proof: { read: editor, write: editor } },
  }
})
export const paperPolicy = Papers.policy(() => ({
  read: anyone,
  create: anyone,
  update: anyone,
  delete: anyone,
  restore: anyone,
  purge: anyone,
  history: anyone,
}))

export const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle }))
export const pictureView = Pictures.view(({ row }) => ({
  id: row.id,
  title: row.title,
  state: row.state,
  image: row.image,
}))
export const paperView = Papers.view(({ row }) => ({ id: row.id, title: row.title, scan: row.scan }))

export const identity = Users.identity({ register: ['handle'], view: accountView })

export const pictures = Pictures.expose({
  view: pictureView,
  operations: ['list', 'get', 'create', 'update', 'delete', 'createMany', 'updateMany'],
  files: { image: ['get', 'put', 'delete', 'upload'], proof: ['get', 'put', 'upload'] },
})
export const papers = Papers.expose({
  view: paperView,
  operations: ['list', 'get', 'create', 'update', 'delete', 'restore', 'purge', 'history'],
  files: { scan: ['get', 'put', 'delete', 'upload'] },
})

export const keepText = route('POST /kept', {
  body: { words: text({ max: 20_000 }), name: text({ optional: true }), fail: bool({ default: false }) },
  run: async ({ body, files }) => {
    const kept = await files.put(Buffer.from(body.words), {
      types: ['text/plain', 'text/html'],
      max: '10kb',
      ...(body.name !== undefined && { name: body.name }),
    })
    if (body.fail) throw new Problem('conflict')
    return { id: kept.id }
  },
})
export const openKept = route('GET /kept/:id', {
  auth: 'optional',
  run: async ({ params, files }) => sendFile(await files.open({ id: params.id })),
})
export const removeKept = route('DELETE /kept/:id', {
  run: async ({ params, files }) => files.remove({ id: params.id }),
})
export const linkKept = route('POST /kept/:id/links', {
  body: { for: choice(['1s', '10m'], { default: '10m' }) },
  sensitive: true,
  run: async ({ params, body, files }) => ({ url: await files.signedUrl({ id: params.id }, { for: body.for }) }),
})
export const attachImage = route('POST /pictures/:id/image/from/:file', {
  params: { id: ref('picture') },
  run: async ({ params, files }) => files.attach(Pictures, params.id, 'image', { id: params.file }),
})
export const readAll = route('GET /archive/:id', {
  run: async ({ params, files, actor }) => {
    if (actor.role !== 'editor') throw new Problem('forbidden')
    return sendFile(await files.as(system('an editor looks after everything')).open({ id: params.id }))
  },
})

import * as everything from './studio.ts'

export const studio = () => {
  const { studio: _, ...use } = everything
  return app({
    name: 'studio',
    schema: models,
    files: { each: { count: 40, bytes: '4mb' } },
    use: { everything: use },
  })
}
