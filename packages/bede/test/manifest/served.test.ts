import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Booted, boot } from '../../src/engine/boot.ts'
import type { Actor } from '../../src/engine/call.ts'
import { freeze } from '../../src/manifest/freeze.ts'
import { readManifest } from '../../src/manifest/read.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { linked } from '../fixtures/blog/linked.ts'

/** A backend of the declaration and one of its printed JSON alone, over one database: the same answers, byte for byte. */

const printed = JSON.stringify(linked.manifest, null, 2)
const ann: Actor = { id: '01900000-0000-7000-8000-000000000001', role: 'member' }
const id = '01900000-0000-7000-8000-0000000000a1'

const driver = openStore('memory://')
let declared: Booted
let read: Booted

before(async () => {
  const connection = await driver.open()
  const shared = { ...driver, open: async () => connection, close: async () => {} }
  const options = { driver: shared, mode: 'development', log: silent } as const
  declared = await boot(linked, options)
  read = await boot({ manifest: JSON.parse(printed) }, options)
  await connection.script(`
    insert into "user" (id, email, username, password, created_at) values
      ('${ann.id}', 'ann@example.org', 'ann', '', now()), ('01900000-0000-7000-8000-000000000002', 'bob@example.org', 'bob', '', now());
    insert into article (id, slug, title, body, status, author_id, created_at, updated_at) values
      ('${id}', 'first', 'First', 'One', 'published', '${ann.id}', now(), now()),
      ('01900000-0000-7000-8000-0000000000a2', 'second', 'Second', 'Two', 'draft', '${ann.id}', now(), now());
    insert into tag (id, article_id, name) values ('01900000-0000-7000-8000-0000000000b1', '${id}', 'one');
    insert into comment (body, article_id, author_id, created_at, updated_at) values ('Yes', '${id}', '${ann.id}', now(), now());
  `)
})
after(() => driver.close())

test('what bede check --json prints is canonical: read and printed again, it is the same text', () => {
  assert.equal(JSON.stringify(readManifest(JSON.parse(printed)), null, 2), printed)
  assert.equal(JSON.stringify(freeze(linked.manifest), null, 2), printed)
})

/** A value for each parameter, found by its name where one is needed to find something. */
const known: Readonly<Record<string, string>> = { id, slug: 'first', username: 'ann' }

const outcomeOf = async ({ engine }: Booted, operation: string, input: object, actor: Actor | null) => {
  try {
    const { status, answer } = await engine.call({ operation, input, actor })
    return { status, text: answer.kind === 'json' ? answer.text : answer.kind }
  } catch (error) {
    if (!isProblem(error)) throw error
    return { status: error.status, text: error.code }
  }
}

test('every compiled operation that is read by GET answers the same bytes from its JSON alone', async () => {
  let found = 0
  for (const [name, operation] of Object.entries(linked.manifest.operations)) {
    if (operation.kind === 'invoke' || operation.http?.method !== 'GET') continue
    const input: Record<string, unknown> = {}
    for (const path of Object.values(operation.http.params)) {
      const [outer = '', inner] = path
      const value = name.startsWith('comment.') ? 1 : known[inner ?? outer]
      input[outer] = inner === undefined ? value : { [inner]: value }
    }
    for (const actor of [null, ann]) {
      const expected = await outcomeOf(declared, name, input, actor)
      assert.deepEqual(await outcomeOf(read, name, input, actor), expected, name)
      if (expected.status === 200 && expected.text.length > 20) found += 1
    }
  }
  assert.ok(found > 10, `only ${found} answers held anything`)
})

test('a copy of a verified manifest, changed, is verified again before anything is opened', async () => {
  const policies = { ...linked.manifest.policies }
  delete policies.article
  let opened = 0
  const watched = {
    ...driver,
    open: () => {
      opened += 1
      return driver.open()
    },
  }
  const problem = await boot(
    { manifest: { ...linked.manifest, policies } },
    { driver: watched, mode: 'production' },
  ).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(isProblem(problem))
  assert.deepEqual(
    [problem.code, problem.details.map(({ place }) => place), opened],
    ['invalid-declaration', ['article.policy'], 0],
  )
})
