import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  anyone,
  app,
  choice,
  defineSchema,
  fromActor,
  id,
  link,
  many,
  model,
  one,
  or,
  ref,
  resources,
  text,
} from '../../src/index.ts'
import { actorOf, ended, idOf, refused, running, times } from './support/running.ts'

const person = model({ id: id<'person'>(), name: text() })
const note = model({
  id: id<'note'>(),
  shown: choice(['yes', 'no'], { default: 'yes' }),
  ownerId: ref('person', { default: fromActor('id') }),
  noteTags: many('noteTag', 'noteId'),
})
const tag = model({ id: id<'tag'>(), name: text(), shown: choice(['yes', 'no'], { default: 'yes' }) })
const noteTag = model(
  {
    id: id<'noteTag'>(),
    noteId: ref('note'),
    note: one('noteId'),
    tagId: ref('tag'),
    tag: one('tagId'),
    addedBy: ref('person', { default: fromActor('id') }),
  },
  { unique: [['noteId', 'tagId']] },
)
const models = defineSchema({ person, note, tag, noteTag })
const actor = { id: ref('person') }
interface Desk extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { person: Persons, note: Notes, tag: Tags, noteTag: NoteTags } = resources<Desk, Actor>(models, actor)
const noteView = Notes.view(({ row }) => ({ id: row.id }))
const desk = (links: object = { tags: { through: 'noteTags', to: 'tagId' } }) =>
  app({
    name: 'desk',
    schema: models,
    use: {
      all: {
        personPolicy: Persons.policy(() => ({ read: anyone })),
        notePolicy: Notes.policy(({ row, actor }) => ({ read: or(row.shown.eq('yes'), row.ownerId.eq(actor.id)) })),
        tagPolicy: Tags.policy(({ row }) => ({ read: row.shown.eq('yes') })),
        noteTagPolicy: NoteTags.policy(({ row, actor }) => {
          const mine = row.note.ownerId.eq(actor.id)
          return { read: anyone, create: mine, delete: mine }
        }),
        noteView,
        notes: Notes.expose({
          view: noteView,
          operations: ['get'],
          links: links as { tags: { through: 'noteTags'; to: 'tagId' } },
        }),
      },
    },
  })
const [ann, bob] = [actorOf(1), actorOf(2)]
const [noteId, hiddenNote, tagId, hiddenTag] = [idOf(10), idOf(11), idOf(20), idOf(21)]

for (const { store, run } of await running(desk(), ['note', 'tag', 'note_tag'])) {
  const on = async () => {
    const running = await run()
    const { rows } = running
    await rows('delete from note_tag')
    await rows(`insert into person (id, name) values ('${idOf(1)}', 'a'), ('${idOf(2)}', 'b') on conflict do nothing`)
    await rows(
      `insert into note (id, shown, owner_id) values ('${noteId}', 'yes', '${idOf(1)}'), ('${hiddenNote}', 'no', '${idOf(1)}') on conflict do nothing`,
    )
    await rows(
      `insert into tag (id, name, shown) values ('${tagId}', 't', 'yes'), ('${hiddenTag}', 'h', 'no') on conflict do nothing`,
    )
    return running
  }
  const options = { skip: store.skip }

  test(`two rows are joined and parted by address, as often as one says so, on ${store.name}`, options, async () => {
    const running = await on()
    const there = async () => (await running.rows('select note_id::text, tag_id::text from note_tag')).length
    const ends = { id: noteId, tagId }
    assert.deepEqual(await ended(times(20, () => running.as(ann, 'note.addTags', ends))), { ok: 20 })
    assert.equal(await there(), 1)
    assert.equal((await running.as(ann, 'note.addTags', ends)).status, 204)
    assert.deepEqual(await ended(times(20, () => running.as(ann, 'note.removeTags', ends))), { ok: 20 })
    assert.equal(await there(), 0)
    const { http } = running.backend.manifest.operations['note.addTags'] ?? {}
    assert.deepEqual([http?.method, http?.path], ['PUT', '/notes/:id/tags/:tagId'])
  })

  test(`the joining model's policy holds, and neither end may be hidden, on ${store.name}`, options, async () => {
    const running = await on()
    const code = async (who: typeof ann, input: object) =>
      (await refused(running, () => running.as(who, 'note.addTags', input))).code
    assert.equal(await code(bob, { id: noteId, tagId }), 'forbidden')
    assert.equal(await code(bob, { id: hiddenNote, tagId }), await code(bob, { id: idOf(99), tagId }))
    assert.equal(await code(ann, { id: noteId, tagId: hiddenTag }), await code(ann, { id: noteId, tagId: idOf(98) }))
    assert.equal(await code(ann, { id: noteId, tagId, addedBy: idOf(2) }), 'unknown-field')
    await running.as(ann, 'note.addTags', { id: noteId, tagId })
    const remove = () => running.as(bob, 'note.removeTags', { id: noteId, tagId })
    assert.equal((await refused(running, remove)).code, 'forbidden')
    const before = await running.everything()
    await running.rows(
      `insert into note_tag (id, note_id, tag_id, added_by) values ('${idOf(50)}', '${hiddenNote}', '${hiddenTag}', '${idOf(1)}')`,
    )
    const joined = await running.everything()
    await running.as(ann, 'note.removeTags', { id: hiddenNote, tagId: hiddenTag })
    await running.as(bob, 'note.removeTags', { id: hiddenNote, tagId: hiddenTag })
    assert.equal(await running.everything(), joined)
    assert.notEqual(joined, before)
  })
}

test('links are checked at the start', () => {
  const said = (links: object): string => {
    try {
      link(desk(links))
    } catch (error) {
      return String(error)
    }
    return 'it was linked'
  }
  assert.match(said({ tags: { through: 'noteTag', to: 'tagId' } }), /noteTag/)
  assert.match(said({ tags: { through: 'noteTags', to: 'noteId' } }), /noteId/)
  assert.match(said({ tags: { through: 'noteTags', to: 'addedBy' } }), /is no unique of noteTag/)
})
