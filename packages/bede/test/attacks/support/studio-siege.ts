import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { localFiles } from '../../../src/adapters/files/local.ts'
import { s3Files } from '../../../src/adapters/files/s3.ts'
import type { FileStorage } from '../../../src/engine/files/storage.ts'
import { credentialsChanged } from '../../../src/plan/credentials.ts'
import { credentials, noS3, s3Server } from '../../support/s3.ts'
import type { TestStore } from '../../support/stores.ts'
import { type Answered, type Asked, onStores, type Served, serveApp } from './siege.ts'
import { studio } from './studio.ts'

/** A studio in which Ada and Eve belong to one organization, and Bob to another; Eve is an editor. */
export interface StudioSiege extends Served {
  /** How many may send at once so that the place still keeps up: a store that is cut off while it is busy leaves marks. */
  readonly crowd: number
  /** Every file there is, by its path or key, and every one that is being written. */
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
  /** Waits until what has been replaced is gone, which it does behind the answer. */
  settled(): Promise<void>
  /** Waits for what is done behind an answer, until it was seen so many times in a row. */
  until(holds: () => Promise<boolean>, times?: number): Promise<void>
}

export const organizations = {
  ours: '0190a1b2-c3d4-7e5f-8a9b-00000000f001',
  theirs: '0190a1b2-c3d4-7e5f-8a9b-00000000f002',
} as const

/** On both stores with files in a folder, and once more with files in S3. */
export async function studioOnBothStores(what: string, suite: (siege: () => StudioSiege) => void): Promise<void> {
  await onStores(what, async (store) => besiegeStudio(store, await inFolder()), suite)
  const embedded: TestStore = { name: 'PGlite', skip: noS3, url: 'memory://' }
  await onStores(`${what} in S3`, async (store) => besiegeStudio(store, await inBucket()), suite, [embedded])
}

/** A place for files that is looked into from outside. */
export interface WatchedPlace extends Pick<StudioSiege, 'stored' | 'crowd'> {
  readonly files: FileStorage
  /** Removes it. */
  leave(): Promise<void>
}

export async function inFolder(): Promise<WatchedPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'bede-studio-'))
  return {
    crowd: 50,
    files: await localFiles(folder),
    stored: async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .sort(),
    leave: () => rm(folder, { recursive: true }),
  }
}

async function inBucket(): Promise<WatchedPlace> {
  const server = await s3Server()
  const bucket = await server.bucket()
  return {
    crowd: 4,
    files: await s3Files(server.address(bucket), { credentials }),
    stored: () => server.stored(bucket),
    leave: () => server.close(),
  }
}

async function besiegeStudio(store: TestStore, { files, stored, crowd, leave }: WatchedPlace): Promise<StudioSiege> {
  const served = await serveApp(studio(), store, { start: { files } })
  const { rows, ask, ids, tokens, port, backend, everything } = served
  await rows(
    `insert into organization (id, name) values ('${organizations.ours}', 'ours'), ('${organizations.theirs}', 'the other')`,
  )
  await rows(`update "user" set organization_id = '${organizations.ours}'`)
  await rows(`update "user" set organization_id = '${organizations.theirs}' where id = '${ids.bob}'`)
  await backend.hearing.changed([credentialsChanged])
  const until: StudioSiege['until'] = async (holds, times = 1) => {
    for (let i = 0, held = 0; i < 3_000; i++) {
      held = (await holds()) ? held + 1 : 0
      if (held >= times) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.fail('it never came to that')
  }
  const settled = () =>
    until(async () => {
      const [[held, kept] = []] = await rows(
        'select (select count(image) + count(proof) from picture) + (select count(scan) from paper), (select count(*) from bede.file where model is not null)',
      )
      return held === kept && (await stored()).every((path) => !path.startsWith('unsettled'))
    })
  return {
    ...served,
    crowd,
    stored,
    settled,
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
      await settled()
      const before = [await everything(), await stored()]
      const answer = await does()
      assert.equal(answer.status, status, answer.text)
      assert.ok(isDeepStrictEqual([await everything(), await stored()], before), 'something was written')
    },
    until,
    async close() {
      await served.close()
      await leave()
    },
  }
}

export { test } from './siege.ts'
