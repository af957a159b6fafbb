import assert from 'node:assert/strict'
import { credentialsChanged } from '../../../src/plan/credentials.ts'
import type { TestStore } from '../../support/stores.ts'
import { type Name, onStores, type Served, type SiegeOptions, serveApp } from './siege.ts'
import { tower } from './tower.ts'

/** What one organization has, by which others might try to reach it. */
export interface Things {
  readonly organization: string
  readonly project: string
  /** A project that was deleted. */
  readonly deleted: string
  readonly slug: string
  readonly task: string
  readonly step: string
  readonly tag: string
  readonly tagName: string
  readonly label: string
  readonly settings: string
  /** Belongs to nobody in particular, and names the project. */
  readonly bookmark: string
  readonly pin: string
  readonly user: string
}

/**
 * A tower in which Ada and Eve act for one organization, and Bob for another. What Bob has written says {@link mark}, but
 * for slugs and names of tags: those an attacker knows.
 */
export interface TowerSiege extends Served {
  readonly ours: Things
  readonly theirs: Things
  /** Every row of Bob's organization, with what was. */
  whatIsTheirs(): Promise<string>
}

export const mark = 'theirs-c81e'
/** The same in what Ada has written. */
export const ourMark = 'ours-4f9a'
const organizations = {
  ours: '0190a1b2-c3d4-7e5f-8a9b-00000000f001',
  theirs: '0190a1b2-c3d4-7e5f-8a9b-00000000f002',
} as const

export const towerOnBothStores = (
  what: string,
  suite: (siege: () => TowerSiege) => void,
  options: SiegeOptions = {},
): Promise<void> => onStores(what, (store) => besiegeTower(store, options), suite)

export async function besiegeTower(store: TestStore, options: SiegeOptions = {}): Promise<TowerSiege> {
  const served = await serveApp(tower(), store, options)
  try {
    return await furnished(served)
  } catch (error) {
    await served.close() // an open server keeps the process waiting for ever
    throw error
  }
}

async function furnished(served: Served): Promise<TowerSiege> {
  const { ask, rows, backend } = served
  await rows(
    `insert into organization (id, name) values ('${organizations.ours}', 'ours'), ('${organizations.theirs}', 'the other')`,
  )
  for (const name of ['ada', 'bob', 'eve'] as const)
    await moveTo(served, name, name === 'bob' ? organizations.theirs : organizations.ours)
  const ours = await furnish(served, 'ada', { organization: organizations.ours, known: 'of-ada', word: ourMark })
  const theirs = await furnish(served, 'bob', { organization: organizations.theirs, known: 'of-bob', word: mark })
  const owned = Object.values(backend.manifest.models).flatMap(({ table, tenant }) => (tenant ? [table] : []))
  const where = `organization_id = '${organizations.theirs}'`
  const whatIsTheirs = async () => {
    const parts = owned.map(
      (table) => `select '${table}' || to_jsonb(t)::text as "row" from "${table}" t where ${where}`,
    )
    const past = `select 'past' || to_jsonb(t)::text from bede.history_project t where row_id in (select id from project where ${where})`
    const all = await rows(`${[...parts, past].join(' union all ')} order by 1`)
    return all.flat().join('\n')
  }
  assert.ok((await ask('GET', '/projects', { as: 'bob' })).text.includes(mark))
  return { ...served, ours, theirs, whatIsTheirs }
}

/** The account acts for another organization from now on; null: for none. */
export async function moveTo({ rows, ids, backend }: Served, name: Name, organization: string | null): Promise<void> {
  const value = organization === null ? 'null' : `'${organization}'`
  await rows(`update "user" set organization_id = ${value} where id = '${ids[name]}'`)
  await backend.hearing.changed([credentialsChanged])
}

interface Furniture {
  readonly organization: string
  readonly known: string
  readonly word: string
}

async function furnish(
  { ask, rows, ids }: Served,
  as: Name,
  { organization, known, word }: Furniture,
): Promise<Things> {
  const make = async (path: string, json: unknown): Promise<string> => {
    const made = await ask('POST', path, { as, json })
    assert.equal(made.status, 201, made.text)
    return made.json.id
  }
  const slug = `slug-${known}`
  const tasks = [{ title: `task ${word}`, points: 3, steps: [{ note: `step ${word}` }] }]
  const project = await make('/projects', { slug, title: `title ${word}`, budget: 5, tasks })
  await make('/projects', { slug: `second-${known}`, title: `second ${word}`, budget: 7 })
  const deleted = await make('/projects', { slug: `gone-${known}`, title: `gone ${word}` })
  assert.equal((await ask('PATCH', `/projects/${deleted}`, { as, json: { title: `left ${word}` } })).status, 200)
  assert.equal((await ask('DELETE', `/projects/${deleted}`, { as })).status, 204)
  const tag = await make('/tags', { name: `tag-${known}` })
  const label = await make('/labels', { projectId: project, tagId: tag })
  const bookmark = await make('/bookmarks', { projectId: project })
  const pin = await make('/pins', { tagId: tag })
  const settings = await ask('PUT', '/settings', { as, json: { color: word } })
  assert.equal(settings.status, 201, settings.text)
  const [[task = '', step = ''] = []] = await rows(
    `select t.id::text, s.id::text from task t join step s on s.task_id = t.id where t.project_id = '${project}'`,
  )
  return {
    organization,
    project,
    deleted,
    slug,
    task: task ?? '',
    step: step ?? '',
    tag,
    tagName: `tag-${known}`,
    label,
    settings: settings.json.id,
    bookmark,
    pin,
    user: ids[as],
  }
}

export { test } from './siege.ts'
