import {
  anyone,
  app,
  defineSchema,
  file,
  fromActor,
  id,
  model,
  ref,
  resources,
  sendFile,
  system,
  text,
  verbs,
} from '../../../src/index.ts'
import { account } from '../../support/account.ts'
import { type Actor, actor, roles } from './organization-actor.ts'

/** Accounts in several organizations that keep and send files: for papers of one, and for pictures that belong to none. */

const user = model(account)
const organization = model({ id: id<'organization'>(), name: text({ min: 1, max: 40 }) })
const words = { types: ['text/plain'], max: '40kb' } as const
const picture = model({
  id: id<'picture'>(),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  title: text(),
  image: file(words),
})
const paper = model(
  { id: id<'paper'>(), organizationId: ref('organization'), title: text(), scan: file(words) },
  { tenant: 'organizationId' },
)
const models = defineSchema({ user, organization, picture, paper })
type Models = typeof models
interface Atelier extends Models {}
const {
  user: Users,
  organization: Organizations,
  picture: Pictures,
  paper: Papers,
} = resources<Atelier, Actor>(models, actor)
const { route } = verbs<Actor>(actor)

export const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
export const organizationPolicy = Organizations.policy(({ row, actor }) => ({ read: row.id.eq(actor.organizationId) }))
export const picturePolicy = Pictures.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine }
})
export const paperPolicy = Papers.policy(() => ({ read: anyone, create: anyone, update: anyone }))
export const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle }))
export const pictureView = Pictures.view(({ row }) => ({ id: row.id, title: row.title, image: row.image }))
export const paperView = Papers.view(({ row }) => ({ id: row.id, title: row.title, scan: row.scan }))
export const identity = Users.identity({
  register: ['handle'],
  view: accountView,
  organizations: { roles },
  apiKeys: { scopes: ['kept', 'pictures:read', 'pictures:write', 'papers:read', 'papers:write'] },
})
export const pictures = Pictures.expose({
  view: pictureView,
  operations: ['list', 'get', 'create'],
  files: { image: ['get', 'put', 'upload'] },
})
export const papers = Papers.expose({
  view: paperView,
  operations: ['list', 'get', 'create'],
  files: { scan: ['get', 'put', 'upload'] },
})

export const keepText = route('POST /kept', {
  scope: 'kept',
  body: { words: text({ max: 40_000 }) },
  run: async ({ body, files }) => ({ id: (await files.put(Buffer.from(body.words), words)).id }),
})
export const openKept = route('GET /kept/:id', {
  scope: 'kept',
  run: async ({ params, files }) => sendFile(await files.open({ id: params.id })),
})
export const removeKept = route('DELETE /kept/:id', {
  scope: 'kept',
  run: async ({ params, files }) => files.remove({ id: params.id }),
})
export const linkKept = route('POST /kept/:id/links', {
  scope: 'kept',
  sensitive: true,
  run: async ({ params, files }) => ({ url: await files.signedUrl({ id: params.id }, { for: '10m' }) }),
})
export const attachImage = route('POST /pictures/:id/image/from/:file', {
  scope: 'kept',
  params: { id: ref('picture') },
  run: async ({ params, files }) => files.attach(Pictures, params.id, 'image', { id: params.file }),
})
export const attachScan = route('POST /papers/:id/scan/from/:file', {
  scope: 'kept',
  params: { id: ref('paper') },
  run: async ({ params, files }) => files.attach(Papers, params.id, 'scan', { id: params.file }),
})
export const openAny = route('GET /archive/:id', {
  run: async ({ params, files }) => sendFile(await files.as(system('the archive')).open({ id: params.id })),
})

import * as everything from './atelier.ts'

export const atelier = () => {
  const { atelier: _, ...use } = everything
  return app({
    name: 'atelier',
    schema: models,
    files: { each: { bytes: '60kb' } },
    use: { everything: use },
  })
}
