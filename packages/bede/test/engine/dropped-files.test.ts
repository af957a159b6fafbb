import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { Backend } from '../../src/identity/start.ts'
import { anyone, app, defineSchema, file, id, model, resources, text } from '../../src/index.ts'
import { testStores } from '../support/stores.ts'
import { versionsOn } from './support/versions.ts'

/** Versions of one app, each with migrations as people write them: the files of what it drops, and of what it renames. */

const paper = file({ types: ['text/plain'], max: '1kb' })
const all = { read: anyone, create: anyone, update: anyone, delete: anyone }

/** A letter has a scan and a stamp, a parcel has a photo. */
const first = () => {
  const letter = model({ id: id<'letter'>(), title: text(), scan: paper, stamp: paper })
  const parcel = model({ id: id<'parcel'>(), title: text(), photo: paper })
  const models = defineSchema({ letter, parcel })
  const { letter: Letters, parcel: Parcels } = resources<typeof models, object>(models, {})
  const letterView = Letters.view(({ row }) => ({ id: row.id, scan: row.scan, stamp: row.stamp }))
  const letters = Letters.expose({
    view: letterView,
    operations: ['create'],
    files: { scan: ['get', 'put'], stamp: ['get', 'put'] },
  })
  const parcelView = Parcels.view(({ row }) => ({ id: row.id, photo: row.photo }))
  const parcels = Parcels.expose({
    view: parcelView,
    operations: ['create'],
    files: { photo: ['get', 'put'] },
  })
  const policies = { letterPolicy: Letters.policy(() => all), parcelPolicy: Parcels.policy(() => all) }
  return app({
    name: 'post',
    schema: models,
    files: {},
    use: { all: { letterView, letters, parcelView, parcels, ...policies } },
  })
}
/** Nobody stamps any more, and there are no parcels. A letter is `called` something, which it `was`. */
const later = (called: string, was?: string) => {
  const one = model({ id: id<string>(), title: text(), scan: paper }, { ...(was !== undefined && { was }) })
  const models = defineSchema({ [called]: one })
  const ones = resources<typeof models, object>(models, {})[called]
  assert.ok(ones)
  const view = ones.view(({ row }) => ({ id: row.id, scan: row.scan }))
  const exposed = ones.expose({
    view,
    operations: ['get', 'delete'],
    files: { scan: ['get', 'put'] },
  })
  return app({
    name: 'post',
    schema: models,
    files: {},
    use: { all: { view, exposed, policy: ones.policy(() => all) } },
  })
}

/** A letter with these files. */
const scanned = (files: Readonly<Record<string, typeof paper>>) => {
  const letter = model({ id: id<'letter'>(), title: text(), ...files })
  const models = defineSchema({ letter })
  const { letter: Letters } = resources<typeof models, object>(models, {})
  const view = Letters.view(({ row }) => ({ id: row.id }))
  const exposed = Letters.expose({
    view,
    operations: ['create'],
    files: Object.fromEntries(Object.keys(files).map((name) => [name, ['get', 'put']])) as object,
  })
  return app({
    name: 'post',
    schema: models,
    files: {},
    use: { all: { view, exposed, policy: Letters.policy(() => all) } },
  })
}

for (const store of await testStores()) {
  test(`${store.name}: files of what a migration drops go with it, and not before; those of what is renamed stay`, {
    skip: store.skip,
  }, async () => {
    const { connection, stored, records, serving, migrate, close } = await versionsOn(store)
    try {
      await migrate(first(), 'start')
      const made = { letter: '', parcel: '' }
      await serving(first(), async ({ engine }) => {
        const call = (operation: string, input: object, words?: string) =>
          engine.call({
            operation,
            input,
            actor: null,
            ...(words !== undefined && { content: { bytes: Readable.from([Buffer.from(words)]) } }),
          })
        for (const kind of ['letter', 'parcel'] as const) {
          const { answer } = await call(`${kind}.create`, { data: { title: kind } })
          made[kind] = answer.kind === 'json' ? JSON.parse(answer.text).id : ''
        }
        await call('letter.putScan', { id: made.letter }, 'a scan')
        await call('letter.putStamp', { id: made.letter }, 'a stamp')
        await call('parcel.putPhoto', { id: made.parcel }, 'a photo')
      })
      assert.equal((await stored()).length, 3)

      // The loss is accepted, and the version before serves on: nothing of it goes.
      assert.deepEqual((await migrate(later('document', 'letter'), 'rename')).toSorted(), ['document.stamp', 'parcel'])
      await serving(later('document', 'letter'), async () => {})
      assert.equal((await stored()).length, 3)
      // As it is where no version of this name has swept before the next one comes.
      await connection.script(`update bede.file set model = 'letter' where model = 'document'`)

      const reading = async (engine: Backend['engine'], called: string) => {
        const { answer } = await engine.call({
          operation: `${called}.getScan`,
          input: { id: made.letter },
          actor: null,
        })
        assert.ok(answer.kind === 'raw' && typeof answer.body === 'object' && 'read' in answer.body)
        return Buffer.concat(await Readable.from(answer.body).toArray()).toString()
      }
      // The columns and tables go with this one, and the files with the sweep after it. Nothing is renamed by the way.
      assert.deepEqual(await migrate(later('page', 'document'), 'drop'), [])
      assert.deepEqual(await records(), ['document,', 'document,scan', 'parcel,'])
      assert.equal((await stored()).length, 3)
      await serving(later('page', 'document'), async ({ engine }) =>
        assert.equal(await reading(engine, 'page'), 'a scan'),
      )
      assert.equal((await stored()).length, 1)
      assert.deepEqual(await records(), ['page,scan'])

      await migrate(later('page'), 'end')
      await serving(later('page'), async ({ engine }) => {
        assert.equal(await reading(engine, 'page'), 'a scan')
        await engine.call({ operation: 'page.delete', input: { id: made.letter }, actor: null })
      })
      assert.deepEqual(await stored(), [])
      assert.deepEqual(await records(), [])
    } finally {
      await close()
    }
  })

  test(`${store.name}: a file is nobody's only when no row has it, by whatever name its record knows the field`, {
    skip: store.skip,
  }, async () => {
    const { stored, unsettle, records, serving, migrate, close } = await versionsOn(store)
    try {
      await migrate(scanned({ scan: paper }), 'start')
      let made = ''
      await serving(scanned({ scan: paper }), async ({ engine }) => {
        const { answer } = await engine.call({
          operation: 'letter.create',
          input: { data: { title: 'x' } },
          actor: null,
        })
        made = answer.kind === 'json' ? JSON.parse(answer.text).id : ''
        const content = { bytes: Readable.from([Buffer.from('a scan')]) }
        await engine.call({ operation: 'letter.putScan', input: { id: made }, actor: null, content })
      })
      // As where a release is skipped: all of them at once, and no version between them has served and swept.
      const page = file({ types: ['text/plain'], max: '1kb', was: 'scan' })
      await migrate(scanned({ page }), 'renamed')
      await migrate(scanned({ page: paper, scan: paper }), 'another')
      assert.deepEqual(await migrate(scanned({ page: paper }), 'without'), ['letter.scan'])
      await migrate(scanned({ page: paper, stamp: paper }), 'dropped')
      await unsettle()
      const last = scanned({ page: paper, stamp: paper })
      const read = async ({ engine }: Backend) => {
        const { answer } = await engine.call({ operation: 'letter.getPage', input: { id: made }, actor: null })
        assert.ok(answer.kind === 'raw' && typeof answer.body === 'object' && 'read' in answer.body)
        assert.equal(Buffer.concat(await Readable.from(answer.body).toArray()).toString(), 'a scan')
      }
      await serving(last, read)
      await serving(last, read)
      assert.equal((await stored()).length, 1)
      assert.deepEqual(await records(), ['letter,page'])
    } finally {
      await close()
    }
  })
}
