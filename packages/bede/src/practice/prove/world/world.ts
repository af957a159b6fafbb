import type { MemoryRow } from '../../../expr/evaluate.ts'
import type { Json } from '../../../expr/value.ts'
import { accountsOf } from '../../../identity/account.ts'
import { keyWord, newKey } from '../../../identity/api-keys/key.ts'
import type { Post } from '../../../identity/mail/post.ts'
import { createServices, type Services } from '../../../identity/services.ts'
import type { Backend } from '../../../identity/start.ts'
import type { Manifest } from '../../../manifest/manifest.ts'
import { type Cast, castOf } from './casting.ts'
import { createJudge, type Judge } from './judge.ts'
import { createMarks, type Marks } from './marks.ts'
import { nobody, type Person, type Shown } from './person.ts'
import { ownerField, type PlantedRow, plant } from './planting.ts'
import { plantFiles } from './planting-files.ts'
import { type Rows, rowReader } from './row-reader.ts'

/** Who there is and what there is: the same at the begin of every trial. */
export interface World {
  /** Everybody, nobody among them. */
  readonly people: readonly Person[]
  readonly rows: readonly PlantedRow[]
  readonly marks: Marks
  readonly judge: Judge
  /** As they are at the begin of every trial. */
  readonly stored: Rows
  valuesOf(row: Pick<PlantedRow, 'model' | 'id'>): MemoryRow | undefined
  /** The row of a model that belongs with another one: it names it, is named by it, or has the same owner. */
  near(model: string, about: PlantedRow): PlantedRow | undefined
}

/** How somebody's token is sent. */
export interface Showing {
  readonly scheme: string
  readonly origin: string
}

export async function createWorld(backend: Backend, showing: Showing): Promise<World> {
  const { manifest } = backend
  const marks = createMarks()
  const cast = castOf(manifest)
  const rows = await plant(backend, cast, marks)
  await joinOrganizations(backend, cast, rows)
  await plantFiles(backend, rows, marks)
  const stored = await rowReader(backend)(backend.connection)
  const kept = await rowReader(backend, true)(backend.connection)
  const valuesIn = (model: string, id: string): MemoryRow | undefined => {
    const key = manifest.models[model]?.id ?? ''
    const is = (row: MemoryRow): boolean => String(row[key]) === id
    return stored.get(model)?.find(is) ?? kept.get(model)?.find(is)
  }
  const people = [nobody, ...(await peopleOf(backend, cast, rows, valuesIn, showing))]
  return {
    people,
    rows,
    marks,
    judge: createJudge(manifest),
    stored,
    valuesOf: ({ model, id }) => valuesIn(model, id),
    near: (model, about) => near(manifest, rows, valuesIn, model, about),
  }
}

type ValuesIn = (model: string, id: string) => MemoryRow | undefined

function near(
  { models }: Manifest,
  rows: readonly PlantedRow[],
  valuesIn: ValuesIn,
  model: string,
  about: PlantedRow,
): PlantedRow | undefined {
  if (about.model === model) return about
  const ofModel = rows.filter((row) => row.model === model)
  const values = valuesIn(about.model, about.id)
  const names = (from: string, row: MemoryRow | undefined, to: string, id: string): boolean =>
    Object.entries(models[from]?.fields ?? {}).some(
      ([field, { type }]) => type.model === to && String(row?.[field]) === id,
    )
  return (
    ofModel.find(({ id, owner }) => owner === about.owner && names(about.model, values, model, id)) ??
    ofModel.find(({ id }) => names(about.model, values, model, id)) ??
    ofModel.find((row) => names(model, valuesIn(model, row.id), about.model, about.id)) ??
    ofModel.find(({ owner }) => owner === about.owner) ??
    ofModel[0]
  )
}

const servicesOf = (backend: Backend, origin: string): Services | undefined => {
  const accounts = accountsOf(backend.manifest)
  // Nobody is written to: these services open sessions and make keys, and are gone.
  const post: Post = { send: async () => {} }
  return accounts && createServices(backend, accounts, post, { development: false, origin })
}

/** Everybody belongs to the organization of their tenant. */
async function joinOrganizations(backend: Backend, cast: readonly Cast[], rows: readonly PlantedRow[]): Promise<void> {
  const { identity } = backend.manifest
  const services = servicesOf(backend, '')
  if (!identity?.organizations || !services) return
  const now = new Date().toISOString()
  for (const { name, tenant, organizationRole } of cast) {
    const organization = rows.find((row) => row.model === identity.organizations?.model && row.owner === tenant)
    const account = rows.find((row) => row.model === identity.model && row.owner === name)
    if (!organization || !account || organizationRole === undefined) continue
    await services.organizations.memberships.add(
      backend.connection,
      {
        organization: idOf(backend.manifest, organization),
        account: idOf(backend.manifest, account),
        role: organizationRole,
      },
      now,
    )
  }
}

/** An id as JSON has it. */
export const idOf = ({ models }: Manifest, { model, id }: Pick<PlantedRow, 'model' | 'id'>): string | number => {
  const definition = models[model]
  return definition?.fields[definition.id]?.type.integer ? Number(id) : id
}

async function peopleOf(
  backend: Backend,
  cast: readonly Cast[],
  rows: readonly PlantedRow[],
  valuesIn: ValuesIn,
  showing: Showing,
): Promise<readonly Person[]> {
  const { manifest } = backend
  const services = servicesOf(backend, showing.origin)
  if (!services || !manifest.identity) return []
  const people: Person[] = []
  for (const one of cast) {
    const account = rows.find(({ model, owner }) => model === manifest.identity?.model && owner === one.name)
    const values = account && valuesIn(account.model, account.id)
    if (!account || !values) continue
    people.push({
      name: one.name,
      account: account.id,
      privileged: one.privileged,
      actor: actorOf(manifest, one, values, rows),
      credentials: await credentialsOf(services, backend, account, showing),
    })
  }
  return people
}

/** What rules know of somebody; the same that a credential leads to. */
function actorOf(manifest: Manifest, cast: Cast, account: MemoryRow, rows: readonly PlantedRow[]): MemoryRow {
  const { actor, identity, models } = manifest
  const organization = rows.find(
    ({ model, owner }) => model === identity?.organizations?.model && owner === cast.tenant,
  )
  const told: Record<string, Json> = identity?.organizations
    ? {
        organizationId: organization ? idOf(manifest, organization) : null,
        organizationRole: cast.organizationRole ?? null,
      }
    : {}
  return Object.fromEntries(
    Object.keys(actor.fields).map((field): [string, Json] => {
      if (Object.hasOwn(told, field)) return [field, told[field] ?? null]
      return [field, account[field === 'id' ? (models[identity?.model ?? '']?.id ?? 'id') : field] ?? null]
    }),
  )
}

/** Seconds that a key of the world lasts. */
const keyLasts = 3_600

async function credentialsOf(
  services: Services,
  { manifest, connection }: Backend,
  row: PlantedRow,
  { scheme, origin }: Showing,
): Promise<readonly Shown[]> {
  const account = idOf(manifest, row)
  const now = new Date()
  const found: Shown[] = []
  const { token } = await services.sessions.open(connection, account, now)
  found.push({ kind: 'session', headers: { authorization: `${scheme} ${token}` } })
  if (services.cookie) {
    const opened = await services.sessions.open(connection, account, now, { cookie: true })
    found.push({ kind: 'cookie', headers: { cookie: `${services.cookie.name}=${opened.token}`, origin } })
  }
  const declared = manifest.identity?.apiKeys
  if (services.apiKeys && declared) {
    for (const scopes of [[], ...declared.scopes.map((scope) => [scope])]) {
      const made = newKey(declared.prefix ?? keyWord(manifest.name))
      const expiresAt = new Date(now.valueOf() + keyLasts * 1000).toISOString()
      await services.apiKeys.add(
        connection,
        { ...made, name: 'prove', scopes, account, service: null, parent: null, expiresAt },
        now,
      )
      found.push({ kind: 'key', headers: { authorization: `${scheme} ${made.key}` }, scopes })
    }
  }
  return found
}

/** Whose row it is, by its owner field; of an account its own. Undefined: nobody's. */
export function ownerOf(manifest: Manifest, model: string, row: MemoryRow): string | undefined {
  const key = manifest.models[model]?.id ?? ''
  if (model === manifest.actor.model) return String(row[key])
  const field = ownerField(manifest, model)
  const owner = field === undefined ? undefined : row[field]
  return owner === undefined || owner === null ? undefined : String(owner)
}
