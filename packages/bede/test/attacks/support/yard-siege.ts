import assert from 'node:assert/strict'
import { credentialsChanged } from '../../../src/plan/credentials.ts'
import type { TestStore } from '../../support/stores.ts'
import { canaries, type Name, onStores, type Served, type SiegeOptions, serveApp } from './siege.ts'
import { yard } from './yard.ts'

/** A yard in which Ada and Eve work for one firm, and Bob for another. Eve is an editor. */
export interface YardSiege extends Served {
  readonly firms: { readonly ours: string; readonly theirs: string }
  /** Ada's open project and her draft, Bob's project, each with a task; and a tag of each firm. */
  readonly things: {
    readonly open: string
    readonly draft: string
    readonly bobs: string
    readonly openTask: string
    readonly draftTask: string
    readonly bobsTask: string
    readonly ourTag: string
    readonly theirTag: string
  }
}

const firms = {
  ours: '0190a1b2-c3d4-7e5f-8a9b-00000000f001',
  theirs: '0190a1b2-c3d4-7e5f-8a9b-00000000f002',
} as const

export const yardOnBothStores = (
  what: string,
  suite: (siege: () => YardSiege) => void,
  options: SiegeOptions = {},
): Promise<void> => onStores(what, (store) => besiege(store, options), suite)

async function besiege(store: TestStore, options: SiegeOptions): Promise<YardSiege> {
  const served = await serveApp(yard(), store, options)
  const { ask, rows, ids } = served
  await rows(`insert into firm (id, name) values ('${firms.ours}', 'ours'), ('${firms.theirs}', 'theirs')`)
  for (const name of ['ada', 'bob', 'eve'] as const)
    await rows(`update "user" set firm_id = '${name === 'bob' ? firms.theirs : firms.ours}' where id = '${ids[name]}'`)
  await served.backend.hearing.changed([credentialsChanged])
  const make = async (as: Name, path: string, json: unknown): Promise<string> => {
    const made = await ask('POST', path, { as, json })
    assert.equal(made.status, 201, made.text)
    return made.json.id
  }
  const project = async (as: Name, data: object): Promise<[string, string]> => {
    const id = await make(as, '/projects', { ...data, tasks: [{ title: `task of ${as}` }] })
    const [row] = await rows(`select id::text from task where project_id = '${id}'`)
    return [id, row?.[0] ?? '']
  }
  const [open, openTask] = await project('ada', { name: 'open', budget: 5, worth: Number(canaries.salary) })
  const [draft, draftTask] = await project('ada', { name: canaries.draft, status: 'draft', budget: 7 })
  const [bobs, bobsTask] = await project('bob', { name: 'bobs', budget: 11 })
  const ourTag = await make('ada', '/tags', { name: 'ours' })
  const theirTag = await make('bob', '/tags', { name: canaries.page })
  await rows(`update project set code = '${canaries.code}'`)
  await rows(`update task set remark = '${canaries.reason}'`)
  return { ...served, firms, things: { open, draft, bobs, openTask, draftTask, bobsTask, ourTag, theirTag } }
}

export { test } from './siege.ts'
