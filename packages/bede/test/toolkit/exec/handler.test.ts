import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ActorOf, anyone, app, defineSchema, id, integer, model, ref, resources, start, text, verbs } from 'bede'
import type { Backend } from '../../../src/identity/start.ts'
import { madeZip } from '../archive/made.ts'
import { madePng } from '../image/made.ts'
import { left, noShell, running, silent } from './shell.ts'

const note = model({ id: id<'note'>(), body: text() })
const models = defineSchema({ note })
const actor = { id: ref('note') }
type Actor = ActorOf<typeof actor>
const { note: Notes } = resources<typeof models, Actor>(models, actor)
const { action } = verbs<Actor>(actor)
const open = { auth: 'optional' } as const

const notePolicy = Notes.policy(() => ({ read: anyone, create: anyone }))
const noteView = Notes.view(({ row }) => ({ body: row.body }))
/** What a handler should not do: a caller's word among the arguments. */
const sorted = action({
  ...open,
  input: { word: text() },
  run: async ({ input, exec, db }) => {
    await db.create(Notes, { body: input.word })
    const { code, stdout } = await exec('sort', [input.word], { files: { 'a.txt': 'b\na\n' } })
    return { code, out: stdout.toString() }
  },
})
const slow = action({
  ...open,
  run: async ({ exec, db }) => {
    await db.create(Notes, { body: 'slow' })
    return (await exec('sleep', ['76543'])).code
  },
})
const unpacked = action({
  ...open,
  input: { base64: text() },
  run: async ({ input, archive, db }) => {
    let files = 0
    for await (const entry of archive.read(Buffer.from(input.base64, 'base64'))) {
      await db.create(Notes, { body: entry.name })
      files += (await entry.bytes()).length
    }
    return files
  },
})
const pictured = action({
  ...open,
  input: { base64: text() },
  output: { width: integer() },
  run: async ({ input, image, db }) => {
    await db.create(Notes, { body: 'picture' })
    return { width: (await image.convert(Buffer.from(input.base64, 'base64'), { format: 'png', width: 2 })).width }
  },
})
const notes = action({ ...open, run: ({ db }) => db.run(noteView.list()) })

describe('what handlers are given to work with what strangers send', { skip: noShell }, () => {
  let backend: Backend
  before(async () => {
    const workshop = app({
      name: 'workshop',
      schema: models,
      use: { all: { notePolicy, noteView, sorted, slow, unpacked, pictured, notes } },
      exec: {
        sort: { path: '/usr/bin/sort', options: ['-u'], time: '60s' },
        sleep: { path: '/bin/sleep', time: '60s' },
      },
    })
    backend = await start(workshop, { mode: 'development', log: silent })
  })
  after(() => backend.close())

  const call = async (operation: string, input: object = {}, deadline?: number) => {
    const outcome = await backend.engine.call({
      operation,
      input,
      actor: null,
      ...(deadline !== undefined && { deadline }),
    })
    return outcome
  }
  const kept = async (): Promise<string> => JSON.stringify(Reflect.get(await call('notes'), 'answer'))
  const base64 = (bytes: Buffer) => ({ base64: bytes.toString('base64') })

  /** Refused with this code, and nothing that the handler wrote before is there. */
  const refused = async (code: string, operation: string, input: object, deadline?: number): Promise<void> => {
    const before = await kept()
    const outcome = JSON.stringify(
      await call(operation, input, deadline).catch((error) => ({ code: error.code, message: error.message })),
    )
    assert.ok(outcome.includes(`"code":"${code}"`), outcome)
    assert.ok(!outcome.includes('canary') && !outcome.includes('bede-scratch'), outcome)
    assert.equal(await kept(), before)
    assert.deepEqual(left(), [])
  }

  test('a program, an archive and an image do what they are for', async () => {
    assert.ok(JSON.stringify(await call('sorted', { word: 'a.txt' })).includes('a\\\\nb'))
    assert.ok(JSON.stringify(await call('unpacked', base64(madeZip([{ name: 'x', content: 'four' }])))).includes('4'))
    assert.ok(
      JSON.stringify(await call('pictured', base64(madePng({ width: 4, height: 4 })))).includes('\\"width\\":2'),
    )
  })

  test('a caller has a program do nothing else: no option, no shell, no list of arguments', async () => {
    for (const word of [
      '-o/tmp/canary',
      '--compress-program=/bin/sh',
      '-',
      '@/etc/passwd',
      '|id',
      '+1',
      '--files0-from=/etc/passwd',
      'a\0canary',
    ])
      await refused(word.includes('\0') ? 'invalid-text' : 'unsafe-argument', 'sorted', { word })
    for (const word of ['$(echo canary)', '`id`', 'a.txt; id', 'a.txt\nid', '&& id'])
      assert.ok(!JSON.stringify(await call('sorted', { word })).includes('uid='), word)
  })

  test('class 113: what an archive holds before it is refused is not kept', async () => {
    await refused(
      'invalid-archive',
      'unpacked',
      base64(
        madeZip([
          { name: 'x', content: 'four' },
          { name: '../canary', content: '' },
        ]),
      ),
    )
    await refused(
      'invalid-archive',
      'unpacked',
      base64(
        madeZip([
          { name: 'x', content: 'four' },
          { name: 'y', content: 'z', listed: { crc: 7 } },
        ]),
      ),
    )
  })

  test('class 116: an image that is too large in its header alone is refused', async () => {
    await refused('invalid-image', 'pictured', base64(madePng({ width: 60_000, height: 60_000 }, { rows: 0 })))
  })

  test('a call whose time is over ends its program', async () => {
    const before = await kept()
    const late = JSON.stringify(await call('slow', {}, 300).catch((error) => ({ code: error.code })))
    assert.ok(late.includes('deadline-exceeded'), late)
    while (running('sleep 76543').length + left().length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.equal(await kept(), before)
  })
})
