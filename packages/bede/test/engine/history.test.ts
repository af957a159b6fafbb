import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { testStores } from '../support/stores.ts'
import { ana, archiveOn, bea, keeper } from './support/archive-running.ts'

interface Change {
  readonly at: string
  readonly change: string
  readonly operation: string | null
  readonly actorId: string | null
  readonly reason: string | null
  readonly before: Record<string, unknown> | null
  readonly after: Record<string, unknown> | null
  readonly hidden: readonly string[]
}

for (const store of await testStores()) {
  describe(`history, on ${store.name}`, { skip: store.skip }, () => {
    const { as, rows, refused } = archiveOn(store)
    const folder = async (data: object): Promise<string> => (await as(ana, 'folder.create', { data })).id
    const changes = async (id: string, actor = ana): Promise<readonly Change[]> =>
      (await as(actor, 'folder.history', { id, limit: 100 })).items

    test('class 11: who changed what, when, through which operation; what is not for everybody is named without its value', async () => {
      const id = await folder({ slug: 'told', combination: 'canary-7', worth: '12.50' })
      await as(ana, 'folder.update', { id, data: { slug: 'told again', combination: 'canary-8' } })
      await as(ana, 'folder.update', { id, data: { slug: 'told again' } })
      await as(ana, 'seal', { folder: id })
      await as(ana, 'folder.delete', { id })
      await as(ana, 'folder.restore', { id })
      const all = await changes(id)
      assert.deepEqual(
        all.map(({ change, operation, actorId, reason }) => [change, operation, actorId, reason]),
        [
          ['restore', 'folder.restore', ana.id, null],
          ['delete', 'folder.delete', ana.id, null],
          ['update', 'seal', null, 'sealing'],
          ['update', 'folder.update', ana.id, null],
          ['create', 'folder.create', ana.id, null],
        ],
      )
      const [restored, deleted, sealed, updated, created] = all
      assert.equal(created?.after?.slug, 'told')
      assert.deepEqual([created?.before, created?.hidden], [null, ['combination']])
      assert.deepEqual(updated?.before, { slug: 'told' })
      assert.deepEqual(updated?.after, { slug: 'told again' })
      assert.deepEqual(updated?.hidden, ['combination'])
      assert.deepEqual([sealed?.before, sealed?.after], [{ slug: 'told again' }, { slug: 'sealed' }])
      assert.deepEqual(restored?.before, deleted?.after)
      assert.deepEqual(restored?.after, { deletedAt: null })
      assert.doesNotMatch(JSON.stringify(all), /canary|12\.50/, 'nor does a field with a read rule of its own leave')
      const stored = await rows(
        `select coalesce(string_agg(h::text, ','), '') from bede.history_folder h where row_id = '${id}'`,
      )
      assert.doesNotMatch(String(stored[0]), /canary/, 'it is not even kept')
      assert.match(String(stored[0]), /12\.50/)
    })

    test('it is paged by a cursor, newest first', async () => {
      const id = await folder({ slug: 'p0' })
      for (let n = 1; n < 5; n++) await as(ana, 'folder.update', { id, data: { slug: `p${n}` } })
      const seen: unknown[] = []
      let cursor: string | null | undefined
      do {
        const page: { items: Change[]; next: string | null } = await as(ana, 'folder.history', {
          id,
          limit: 2,
          ...(cursor ? { cursor } : {}),
        })
        seen.push(...page.items.map(({ after }) => after?.slug))
        cursor = page.next
      } while (cursor)
      assert.deepEqual(seen, ['p4', 'p3', 'p2', 'p1', 'p0'])
    })

    test('bulks, upserts, children that go along and purges are told of', async () => {
      const [first] = await as(ana, 'folder.createMany', { items: [{ slug: 'b1' }, { slug: 'b2' }] })
      assert.deepEqual(
        (await changes(first.id)).map(({ change }) => change),
        ['create'],
      )
      await as(keeper, 'folder.upsert', { data: { slug: 'b1', worth: '2.00' } })
      await as(keeper, 'folder.upsert', { data: { slug: 'b1', worth: '2.00' } })
      const worth = await rows(
        `select before ->> 'worth', after ->> 'worth' from bede.history_folder where row_id = '${first.id}' and change = 'update'`,
      )
      assert.deepEqual(worth, [[null, '2.00']])
      const page = (await as(ana, 'page.create', { data: { folderId: first.id, title: 'one' } })).id
      const part = (await as(ana, 'page.create', { data: { folderId: first.id, title: 'two', parentId: page } })).id
      await as(ana, 'folder.delete', { id: first.id })
      await as(ana, 'folder.restore', { id: first.id })
      await as(ana, 'folder.deleteMany', { ids: [first.id] })
      await as(keeper, 'folder.purge', { id: first.id })
      for (const id of [page, part]) {
        const kinds = await rows(`select change, operation from bede.history_page where row_id = '${id}' order by id`)
        assert.deepEqual(kinds, [
          ['create', 'page.create'],
          ['delete', 'folder.delete'],
          ['restore', 'folder.restore'],
          ['delete', 'folder.deleteMany'],
          ['purge', 'folder.purge'],
        ])
      }
      assert.deepEqual(await rows(`select 1 from page where folder_id = '${first.id}'`), [])
      assert.deepEqual(await changes(first.id), [], 'of what is gone for good only the system hears')
      const told = await as(ana, 'inspect', { folder: first.id, at: '2026-01-01T00:00:00Z' })
      assert.deepEqual([told.mine, told.every[0].change, told.then], [[], 'purge', null])
    })

    test('class 18: nobody sees the past of a row without seeing the row and the right to its history', async () => {
      const id = await folder({ slug: 'shared', shared: true })
      await as(bea, 'folder.get', { id })
      assert.deepEqual(await changes(id, bea), [])
      const at = (await changes(id))[0]?.at
      await refused('not-found', () => as(bea, 'folder.asOf', { id, at }))
      await refused('unauthenticated', () => as(null, 'folder.history', { id, limit: 1 }))
      await refused('unauthenticated', () => as(null, 'folder.asOf', { id, at }))
      const told = await as(null, 'inspect', { folder: id, at })
      assert.deepEqual([told.mine, told.every.length, told.then], [[], 1, null])
      await as(ana, 'folder.delete', { id })
      assert.deepEqual(await changes(id, bea), [])
      assert.equal((await changes(id)).length, 2)
      await refused('invalid-input', () => as(ana, 'folder.asOf', { id }))
      assert.equal((await as(keeper, 'folder.asOf', { id, at })).slug, 'shared')
      assert.equal((await as(ana, 'folder.asOf', { id, at })).worth, null)
    })

    test('a refused change leaves no trace, and one that comes to nothing none either', async () => {
      const id = await folder({ slug: 'quiet' })
      await refused('not-found', () => as(bea, 'folder.update', { id, data: { slug: 'x' } }))
      const before = (await changes(id)).length
      await as(ana, 'folder.update', { id, data: { slug: 'quiet' } })
      assert.equal((await changes(id)).length, before)
    })

    test('as of any time it is what it was, whatever was done, and the living are those of a plain model', async () => {
      const step = fc.oneof(
        fc.record({
          kind: fc.constant('update' as const),
          slug: fc.integer({ min: 0, max: 99 }),
          shared: fc.constant(false),
        }),
        fc.record({ kind: fc.constantFrom('delete' as const, 'restore' as const, 'purge' as const) }),
      )
      let run = 0
      const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const name = `as-of ${run++}`
        const id = await folder({ slug: `${name} -`, worth: '1.00' })
        const states: { at: string; slug: string | null }[] = []
        let state: { slug: string; deleted: boolean } | undefined = { slug: `${name} -`, deleted: false }
        const clock = async () => {
          const [[at]] = (await rows(
            `select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from pg_sleep(0.002)`,
          )) as [[string]]
          states.push({ at, slug: state && !state.deleted ? state.slug : null })
          await rows('select pg_sleep(0.002)')
        }
        await clock()
        for (const one of steps) {
          const input = { id, ...(one.kind === 'update' ? { data: { slug: `${name} ${one.slug}` } } : {}) }
          const done = await as(keeper, `folder.${one.kind}`, input).then(
            () => true,
            () => false,
          )
          const possible: boolean =
            state !== undefined && state.deleted === (one.kind === 'restore' || one.kind === 'purge')
          assert.equal(done, possible, one.kind)
          if (!done || !state) continue
          if (one.kind === 'update') state = { ...state, slug: `${name} ${one.slug}` }
          else state = one.kind === 'purge' ? undefined : { ...state, deleted: one.kind === 'delete' }
          await clock()
        }
        const now = await as(keeper, 'folder.get', { id }).then(
          ({ slug }) => slug,
          () => null,
        )
        assert.equal(now, state && !state.deleted ? state.slug : null)
        for (const { at, slug } of state ? states : []) {
          const then = await as(keeper, 'folder.asOf', { id, at }).then(
            (row) => [row.slug, row.worth],
            () => [null, null],
          )
          assert.deepEqual(then, [slug, slug && '1.00'], at)
        }
        const early = await as(keeper, 'folder.asOf', { id, at: '2020-01-01T00:00:00Z' }).catch(() => null)
        assert.equal(early, null, 'before it was made it was not there')
      })
      await fc.assert(property, { numRuns: 12, endOnFailure: true })
    })
  })
}
