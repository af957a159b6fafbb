import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testStores } from '../support/stores.ts'
import { ana, archiveOn, bea, keeper } from './support/archive-running.ts'
import { problemOf } from './support/running.ts'

for (const store of await testStores()) {
  describe(`softDelete, on ${store.name}`, { skip: store.skip }, () => {
    const { as, rows, refused, now } = archiveOn(store)
    const folder = async (slug: string, more: object = {}): Promise<string> =>
      (await as(ana, 'folder.create', { data: { slug, ...more } })).id
    const page = async (folderId: string, title: string, more: object = {}): Promise<string> =>
      (await as(ana, 'page.create', { data: { folderId, title, ...more } })).id
    const slugs = async (operation = 'folder.list', actor = ana): Promise<string[]> =>
      (await as(actor, operation, { limit: 100 })).items.map(({ slug }: { slug: string }) => slug)

    test('a deleted row is nowhere to be seen, and its children go along and come back with it', async () => {
      const id = await folder('a')
      const first = await page(id, 'one', { size: 50 })
      const second = await page(id, 'two')
      const part = await page(id, 'part of two', { parentId: second })
      await as(ana, 'page.delete', { id: first })
      const seen = await as(ana, 'folder.get', { id })
      assert.deepEqual(
        [seen.pages, seen.big, seen.every, seen.none, seen.count],
        [['part of two', 'two'], false, true, false, 2],
      )
      await as(ana, 'folder.delete', { id })
      await refused('not-found', () => as(ana, 'folder.get', { id }))
      await refused('not-found', () => as(ana, 'folder.update', { id, data: { slug: 'b' } }))
      await refused('not-found', () => as(ana, 'folder.delete', { id }))
      await refused('not-found', () => as(ana, 'page.get', { id: part }))
      assert.equal((await slugs()).includes('a'), false)
      const [times] = await rows(
        `select count(distinct deleted_at)::text from (select deleted_at from folder where id = '${id}' union all select deleted_at from page where id in ('${second}', '${part}')) x`,
      )
      assert.deepEqual(times, ['1'], 'all in the same moment')
      assert.deepEqual(await slugs('folder.listDeleted'), ['a'])
      assert.equal((await as(ana, 'page.listDeleted', {})).items.length, 0, 'their folder is deleted too')
      const back = await as(ana, 'folder.restore', { id })
      assert.deepEqual([back.deletedAt, back.pages], [null, ['part of two', 'two']], 'the answer sees what came back')
      assert.deepEqual((await as(ana, 'folder.get', { id })).pages, ['part of two', 'two'])
      await refused('not-found', () => as(ana, 'page.get', { id: first }))
      await refused('not-found', () => as(ana, 'folder.restore', { id }))
      await as(ana, 'page.restore', { id: first })
      assert.equal((await as(ana, 'folder.get', { id })).big, true)
    })

    test('class 17: unique holds among the living, in upserts and bulks too; what collides is not restored', async () => {
      const id = await folder('u')
      await refused('already-exists', () => folder('u'))
      await as(ana, 'folder.delete', { id })
      const again = await folder('u')
      const problem = await refused('already-exists', () => as(ana, 'folder.restore', { id }))
      assert.deepEqual([problem.status, problem.message], [409, 'There is already a row of folder with this slug'])
      assert.equal((await as(ana, 'folder.upsert', { data: { slug: 'u' } })).id, again)
      await as(ana, 'folder.delete', { id: again })
      const third = (await as(ana, 'folder.upsert', { data: { slug: 'u' } })).id
      assert.notEqual(third, again)
      await refused('already-exists', () => folder('u'))
      const one = await folder('shared', { shared: true })
      await refused('already-exists', () => folder('shared too', { shared: true }))
      await as(ana, 'folder.delete', { id: one })
      await as(ana, 'folder.delete', { id: await folder('shared too', { shared: true }) })
      const bulk = await as(ana, 'folder.createMany', { items: [{ slug: 'u' }, { slug: 'u2' }] })
      assert.deepEqual(
        bulk.map(({ code }: { code: string | null }) => code),
        ['already-exists', null],
      )
    })

    test('of two that make or restore the same at once, one does', async () => {
      for (let n = 0; n < 3; n++) {
        const slug = `race ${n}`
        const dead = await folder(slug)
        await as(ana, 'folder.delete', { id: dead })
        const tries = [
          as(ana, 'folder.restore', { id: dead }),
          as(ana, 'folder.create', { data: { slug } }),
          as(ana, 'folder.create', { data: { slug } }),
        ]
        const done = await Promise.allSettled(tries)
        assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 1)
        assert.deepEqual(
          await rows(`select count(*)::text from folder where slug = '${slug}' and deleted_at is null`),
          [['1']],
        )
      }
    })

    test('a living row that refers to it holds it; each of a bulk stands for itself', async () => {
      const id = await folder('held')
      const free = await folder('free')
      await page(id, 'p')
      const loan = (await as(ana, 'loan.create', { data: { folderId: id } })).id
      const problem = await refused('still-referenced', () => as(ana, 'folder.delete', { id }))
      assert.deepEqual([problem.status, problem.message], [409, 'Rows of loan still refer to it'])
      const bulk = await as(ana, 'folder.deleteMany', { ids: [id, free] })
      assert.deepEqual(
        bulk.map(({ status, code }: { status: string; code: string }) => [status, code]),
        [
          ['refused', 'still-referenced'],
          ['deleted', null],
        ],
      )
      assert.deepEqual(await rows(`select count(*)::text from page where folder_id = '${id}' and deleted_at is null`), [
        ['1'],
      ])
      await as(ana, 'loan.delete', { id: loan })
      await as(ana, 'folder.delete', { id })
      const orphan = await refused('conflict', () => as(ana, 'loan.restore', { id: loan }))
      assert.equal(orphan.message, 'Its folder is deleted')
      await refused('missing-reference', () => as(ana, 'loan.create', { data: { folderId: id } }))
    })

    test('rows that do not keep stay till the purge, and are not shown below what is deleted', async () => {
      const id = await folder('marked')
      const mark = (await as(ana, 'mark.create', { data: { folderId: id } })).id
      const mine = async () =>
        (await as(ana, 'mark.list', { limit: 100 })).items.filter((one: { id: string }) => one.id === mark)
      await as(ana, 'folder.delete', { id })
      assert.deepEqual(await mine(), [])
      await as(ana, 'folder.restore', { id })
      assert.equal((await mine()).length, 1)
      await as(ana, 'folder.delete', { id })
      await as(keeper, 'folder.purge', { id })
      assert.deepEqual(await rows(`select 1 from mark where id = '${mark}'`), [])
    })

    test('class 19: nobody sees, restores or purges without the right, and what is hidden is as missing', async () => {
      const id = await folder('private')
      const alive = await folder('alive')
      await as(ana, 'folder.delete', { id })
      await refused('unauthenticated', () => as(null, 'folder.restore', { id }))
      await refused('unauthenticated', () => as(null, 'folder.listDeleted'))
      await refused('not-found', () => as(bea, 'folder.restore', { id }))
      await refused('not-found', () => as(bea, 'folder.purge', { id }))
      assert.deepEqual(await slugs('folder.listDeleted', bea), [])
      await refused('forbidden', () => as(ana, 'folder.purge', { id }))
      await refused('not-found', () => as(keeper, 'folder.purge', { id: alive }))
      const public_ = await folder('public', { shared: true })
      await as(ana, 'folder.delete', { id: public_ })
      await refused('not-found', () => as(bea, 'folder.restore', { id: public_ }))
      await refused('not-found', () => as(bea, 'folder.restore', { id: bea.id }))
      await refused('invalid-input', () => as(ana, 'folder.listDeleted', { deleted: true })).catch(() =>
        refused('unknown-field', () => as(ana, 'folder.listDeleted', { deleted: true })),
      )
      for (const data of [{ deletedAt: null }, { deletedAt: '2026-01-01T00:00:00Z' }]) {
        const written = await problemOf(() => as(ana, 'folder.update', { id: alive, data }))
        assert.equal(written.status, 400)
        const made = await problemOf(() => as(ana, 'folder.create', { data: { slug: 'x', ...data } }))
        assert.equal(made.status, 400)
      }
    })

    test("a handler's db restores, purges and lists with the caller's rights, and purges by time", async () => {
      const id = await folder('handled')
      await as(ana, 'folder.delete', { id })
      assert.ok((await as(ana, 'tidy', {})).seen.includes('handled'))
      assert.equal((await as(bea, 'tidy', {})).seen.includes('handled'), false)
      await refused('not-found', () => as(bea, 'tidy', { folder: id, back: true }))
      await as(ana, 'tidy', { folder: id, back: true })
      assert.ok((await slugs()).includes('handled'))
      await as(ana, 'folder.delete', { id })
      const young = await folder('young')
      const edge = now()
      await as(ana, 'folder.delete', { id: young })
      const [[old]] = (await rows(`select count(*)::text from folder where deleted_at < '${edge}'`)) as [[string]]
      // Loans that are deleted still refer to their folder: it is not purged before them.
      await refused('still-referenced', () => as(ana, 'tidy', { before: edge }))
      await rows('delete from loan where deleted_at is not null')
      assert.equal((await as(ana, 'tidy', { before: edge })).purged, Number(old))
      assert.deepEqual(await rows(`select slug from folder where deleted_at is not null`), [['young']])
      assert.equal((await as(ana, 'tidy', { before: edge })).purged, 0)
    })
  })
}
