import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { localFiles } from '../../../src/adapters/files/local.ts'
import { credentialsChanged } from '../../../src/plan/credentials.ts'
import type { TestStore } from '../../support/stores.ts'
import { type Answered, type Asked, onStores, type Served, serveApp } from './siege.ts'
import { studio } from './studio.ts'

/** A studio in which Ada and Eve belong to one organization, and Bob to another; Eve is an editor. */
export interface StudioSiege extends Served {
  /** Every file below the folder, by its path: what is there byte for byte is told by the size of it. */
  stored(): Promise<readonly string[]>
  /** Makes a row; its id. */
  make(as: 'ada' | 'bob', path: string, json: object): Promise<string>
  send(as: 'ada' | 'bob' | 'eve' | undefined, path: string, body: Uint8Array | string, type?: string): Promise<Answered>
  /** The same bytes as they came, which `ask` would have read as text. */
  bytes(
    path: string,
    asked?: Asked,
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Buffer }>
  /** Refused, and neither a row nor a file has changed. */
  unstored(status: number, does: () => Promise<{ readonly status: number; readonly text?: string }>): Promise<void>
  /** Waits for what is done behind an answer. */
  until(holds: () => Promise<boolean>): Promise<void>
}

export const organizations = {
  ours: '0190a1b2-c3d4-7e5f-8a9b-00000000f001',
  theirs: '0190a1b2-c3d4-7e5f-8a9b-00000000f002',
} as const

export const studioOnBothStores = (what: string, suite: (siege: () => StudioSiege) => void): Promise<void> =>
  onStores(what, besiegeStudio, suite)

async function besiegeStudio(store: TestStore): Promise<StudioSiege> {
  const folder = await mkdtemp(join(tmpdir(), 'bede-studio-'))
  const served = await serveApp(studio(), store, { start: { files: await localFiles(folder) } })
  const { rows, ask, ids, tokens, port, backend, everything } = served
  await rows(
    `insert into organization (id, name) values ('${organizations.ours}', 'ours'), ('${organizations.theirs}', 'the other')`,
  )
  await rows(`update "user" set organization_id = '${organizations.ours}'`)
  await rows(`update "user" set organization_id = '${organizations.theirs}' where id = '${ids.bob}'`)
  await backend.hearing.changed([credentialsChanged])
  const stored = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort()
  const until = async (holds: () => Promise<boolean>) => {
    for (let i = 0; i < 1_000 && !(await holds()); i++) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.ok(await holds())
  }
  return {
    ...served,
    stored,
    async make(as, path, json) {
      const made = await ask('POST', path, { as, json })
      assert.equal(made.status, 201, made.text)
      return made.json.id
    },
    send: (as, path, body, type = 'application/octet-stream') =>
      ask('PUT', path, {
        as,
        body: typeof body === 'string' ? body : new Uint8Array(body),
        headers: { 'Content-Type': type },
      }),
    async bytes(path, { as, headers } = {}) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { ...(as && { Authorization: `Bearer ${tokens[as]}` }), ...headers },
      })
      return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) }
    },
    async unstored(status, does) {
      // What has been replaced goes behind the answer.
      await until(async () => {
        const [[held, kept] = []] = await rows(
          'select (select count(image) + count(proof) from picture) + (select count(scan) from paper), (select count(*) from bede.file where model is not null)',
        )
        return held === kept && (await stored()).every((path) => !path.startsWith('unsettled'))
      })
      const before = [await everything(), await stored()]
      const answer = await does()
      assert.equal(answer.status, status, answer.text)
      assert.ok(isDeepStrictEqual([await everything(), await stored()], before), 'something was written')
    },
    until,
    async close() {
      await served.close()
      await rm(folder, { recursive: true })
    },
  }
}

export { test } from './siege.ts'
