import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  type Answerable,
  type Db,
  defineSchema,
  id,
  model,
  ref,
  resources,
  text,
} from '../../src/index.ts'
import type { CreateValues, PlainCreate, PlainSet } from '../../src/model/writes.ts'

/** True only for types that are the same, `readonly` and `?` included. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(equal: Equal<A, B>): void => assert.equal(equal, true)
type OfView<V> = V extends { maybe(where: never): Answerable<infer T> } ? Exclude<T, null> : never

const user = model({ id: id<'user'>() })
const note = model({ id: id<'note'>(), title: text() }, { softDelete: true })
const plain = model({ id: id<'plain'>(), title: text() }, { history: true })
const models = defineSchema({ user, note, plain })
const actor = { id: ref('user') }
type Models = typeof models
const { note: Notes, plain: Plains } = resources<Models, ActorOf<typeof actor>>(models, actor)
const noteView = Notes.view(({ row }) => ({ title: row.title, deletedAt: row.deletedAt }))

test('softDelete adds a field that can be read and not written', () => {
  same<OfView<typeof noteView>, { title: string; deletedAt: string | null }>(true)
  same<keyof CreateValues<Models, 'note'>, 'id' | 'title'>(true)
  same<keyof PlainCreate<Models, 'note'>, 'id' | 'title'>(true)
  same<keyof PlainSet<Models, 'note'>, 'title'>(true)
  same<keyof Models['plain']['fields'], 'id' | 'title'>(true)
})

test('only what keeps its deleted rows restores and purges them', () => {
  const use = async (db: Db, noteId: never, plainId: never) => {
    same<Awaited<ReturnType<typeof restored>>, { title: string; deletedAt: string | null }>(true)
    const restored = () => db.restore(Notes, noteId, noteView)
    const deleted = await db.deleted(Notes, noteView)
    same<(typeof deleted)[number]['deletedAt'], string | null>(true)
    const then = await db.asOf(Notes, noteId, '2026-01-01T00:00:00Z', noteView)
    same<typeof then, { title: string; deletedAt: string | null } | null>(true)
    // @ts-expect-error: plain does not keep its deleted rows
    await db.restore(Plains, plainId)
    // @ts-expect-error: plain does not keep its deleted rows
    await db.purgeDeleted(Plains, { before: '2026-01-01T00:00:00Z' })
  }
  assert.equal(typeof use, 'function')
})
