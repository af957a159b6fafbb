import assert from 'node:assert/strict'
import { after as afterAll, before as beforeAll, beforeEach, describe, test } from 'node:test'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import { platformModels } from '../../../src/manifest/platform/platform.ts'
import type { FieldDefinition } from '../../../src/model/definition.ts'
import type { Contraction } from '../../../src/sql/migration/contraction.ts'
import { writeMigration } from '../../../src/sql/migration/file.ts'
import type { Migration } from '../../../src/sql/migration/folder.ts'
import { unacceptedLosses } from '../../../src/sql/migration/losses.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { reportOf } from '../../../src/sql/migration/report.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../../src/store/migrate/status.ts'
import { undoMigration } from '../../../src/store/migrate/undo.ts'
import { openStore } from '../../../src/store/open.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { call, field, literal } from '../../fixtures/small.ts'
import { table, tablesOnly } from '../../fixtures/tables.ts'
import { testStores } from '../../support/stores.ts'
import { migrationOf } from './making.ts'

type Field = Omit<FieldDefinition, 'column'>
const state = (choices: readonly string[], more: Partial<FieldDefinition> = {}): Field => ({
  type: { kind: 'choice', choices },
  ...more,
})
const tags = (choices: readonly string[], more: Partial<FieldDefinition> = {}): Field => ({
  type: { kind: 'array', of: { kind: 'choice', choices } },
  ...more,
})
const draft = { default: { kind: 'value', value: 'draft' } } as const
const checked = (name: string) => ({
  checks: [
    {
      name: 'known',
      expr: call(
        'or',
        call('eq', field('state'), literal('draft', { kind: 'text' })),
        call('eq', field('state'), literal(name, { kind: 'text' })),
      ),
    },
  ],
})
const notes = (fields: Readonly<Record<string, Field>>, more = {}): Manifest =>
  tablesOnly({ note: table('note', fields, more), ...platformModels() })

const old = notes({ state: state(['draft', 'published']), tags: tags(['red', 'blue']) })
const renamed = notes({
  state: state(['draft', 'live'], { wasValues: { live: 'published' } }),
  tags: tags(['red', 'azure'], { wasValues: { azure: 'blue' } }),
})

for (const store of await testStores()) {
  describe(`choices of a table with rows: ${store.name}`, { skip: store.skip }, () => {
    let driver: Driver
    let c: Connection
    let done: Migration[]
    let at: { readonly manifest: Manifest | undefined; readonly later: readonly Contraction[] }

    beforeAll(async () => {
      driver = openStore(store.url)
      c = await driver.open()
    })
    beforeEach(async () => {
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      done = []
      at = { manifest: undefined, later: [] }
    })
    afterAll(() => driver?.close())

    /** Plans from the last one to this manifest and applies it, with all it loses accepted, if asked to. */
    const go = async (manifest: Manifest, { accept = [] as readonly string[] } = {}) => {
      const plan = planMigration(at.manifest, at.later, manifest, postgres)
      assert.deepEqual(plan.refusals, [])
      const file = {
        steps: plan.steps.map((step, i) => ({ ...step, n: i + 1 })),
        acceptedLosses: [...accept],
        later: plan.later,
      }
      const id = `2026010${done.length + 1}000000-step${done.length}`
      const migration = {
        ...migrationOf(id, manifest, writeMigration(file)),
        free: plan.contracted.length > 0 ? ['note.state', 'note.tags'] : [],
      }
      await applyMigrations(c, [...done, migration])
      done.push(migration)
      at = { manifest, later: plan.later }
      return plan
    }
    const insert = (states: readonly string[], tag = 'blue') =>
      c.script(
        states
          .map((one) => `insert into note (id, state, tags) values (gen_random_uuid(), '${one}', '{red,${tag}}')`)
          .join(';'),
      )
    const held = async (sql = "select state || ' ' || array_to_string(tags, '+') from note order by 1") =>
      (await c.query({ sql, params: [], shape: ['x'] })).map(([x]) => x)
    const clean = async () => assert.deepEqual((await migrationStatus(c, done)).drift, [])
    const triggers = () =>
      held(
        "select tgname from pg_trigger where not tgisinternal union all select proname from pg_proc where proname like 'bede%'",
      )

    test('one more is held, and undone while no row has it', async () => {
      await go(old)
      await insert(['draft', 'published'])
      const more = notes({ state: state(['draft', 'published', 'gone']), tags: tags(['red', 'blue']) })
      await go(more)
      await insert(['gone'])
      await assert.rejects(insert(['else']))
      await clean()
      await assert.rejects(
        undoMigration(c, done),
        (error) =>
          isProblem(error) && error.code === 'cannot-undo' && /1 row would lose/.test(error.details[0]?.message ?? ''),
      )
      assert.equal((await held()).length, 3)
      await c.script("delete from note where state = 'gone'")
      await undoMigration(c, done)
      done.pop()
      await clean()
      await assert.rejects(insert(['gone']))
    })

    test('one less is a loss that is counted and refused; its rows get the default with the next migration', async () => {
      await go(old)
      await insert(['draft', 'published', 'published'])
      const less = notes({ state: state(['draft'], draft), tags: tags(['red', 'blue']) })
      const plan = planMigration(old, [], less, postgres)
      assert.match(
        plan.losses[0]?.says ?? '',
        /no longer be published\. In the next migration rows that are published, get its default/,
      )
      assert.deepEqual(await held(plan.losses[0]?.count), ['2'])
      await assert.rejects(go(less), (error) => isProblem(error) && error.code === 'unaccepted-loss')
      assert.deepEqual(await held('select state from note order by 1'), ['draft', 'published', 'published'])
      await go(less, { accept: ['note.state'] })
      await insert(['published'])
      assert.equal(
        (await held("select state from note where state = 'published'")).length,
        3,
        'both versions may write theirs',
      )
      await clean()
      await go(less)
      assert.deepEqual(await held('select state from note'), ['draft', 'draft', 'draft', 'draft'])
      await assert.rejects(insert(['published']))
      await clean()
    })

    test('one that is declared again before its rows were given another keeps them', async () => {
      await go(old)
      await insert(['published'])
      const less = notes({ state: state(['draft'], draft), tags: tags(['red', 'blue']) })
      await go(less, { accept: ['note.state'] })
      await go(notes({ state: state(['draft', 'published'], draft), tags: tags(['red', 'blue']) }))
      assert.deepEqual(await held(), ['published red+blue'])
      await clean()
      assert.deepEqual(at.later, [])
    })

    test('one under another name: rows are rewritten, what the version before writes too, and it loses nothing', async () => {
      await go(old)
      await insert(['draft', 'published'])
      const plan = await go(renamed)
      assert.deepEqual([plan.losses, unacceptedLosses(done.at(-1) ?? assert.fail())], [[], []])
      const said = reportOf(plan, { id: 'x', before: 'init', rows: 10, unaccepted: [] })
      assert.match(said, /note\.state: live was published\./)
      assert.match(said, /\*\*No\*\*/)
      assert.deepEqual(await held(), ['draft red+azure', 'live red+azure'])
      await insert(['published', 'live'])
      await c.script("update note set state = 'published' where state = 'draft'")
      assert.deepEqual(await held(), ['live red+azure', 'live red+azure', 'live red+azure', 'live red+azure'])
      await clean()
      await go(renamed)
      assert.deepEqual(at.later, [])
      await assert.rejects(insert(['published'], 'azure'))
      await assert.rejects(insert(['live'], 'blue'))
      await clean()
      assert.deepEqual(await triggers(), [])
      assert.deepEqual(
        planMigration(renamed, [], renamed, postgres).steps,
        [],
        'a rename that has been made is no difference',
      )
    })

    test('it is undone without loss: rows get the earlier name again', async () => {
      await go(old)
      await insert(['draft', 'published'])
      await go(renamed)
      await insert(['live'], 'azure')
      await undoMigration(c, done)
      done.pop()
      assert.deepEqual(await held(), ['draft red+blue', 'published red+blue', 'published red+blue'])
      await clean()
      assert.deepEqual(await triggers(), [])
    })

    test('a check that knows the choices by name changes along with them', async () => {
      const fields = { tags: tags(['red', 'blue']) }
      await go(notes({ state: state(['draft', 'published']), ...fields }, checked('published')))
      await insert(['draft', 'published'])
      const plan = await go(
        notes({ state: state(['draft', 'live'], { wasValues: { live: 'published' } }), ...fields }, checked('live')),
      )
      assert.deepEqual(plan.conditions, [])
      assert.deepEqual(await held('select state from note order by 1'), ['draft', 'live'])
      await clean()
    })

    test('along with the name of the field, both versions serve: each reads and writes its own words', async () => {
      await go(old)
      await insert(['draft', 'published'])
      const moved = notes({
        phase: state(['draft', 'live'], { was: 'state', wasValues: { live: 'published' } }),
        tags: tags(['red', 'blue']),
      })
      const plan = await go(moved)
      assert.deepEqual([plan.losses, plan.meetings.filter(({ serves }) => !serves)], [[], []])
      await insert(['published'])
      await c.script("insert into note (id, phase, tags) values (gen_random_uuid(), 'live', '{red}')")
      await c.script("update note set phase = 'live' where phase = 'draft'")
      assert.deepEqual(await held("select state || '=' || phase from note"), Array(4).fill('published=live'))
      await clean()
      await go(moved)
      assert.deepEqual(await held('select phase from note'), Array(4).fill('live'))
      await assert.rejects(c.script("update note set phase = 'published'"))
      await clean()
      assert.deepEqual(await triggers(), [])
    })

    test('two that become one: a loss that is counted, and its rows become the other', async () => {
      await go(notes({ state: state(['draft', 'live', 'published']), tags: tags(['red', 'blue']) }))
      await insert(['draft', 'live', 'published'])
      const merged = notes({
        state: state(['draft', 'live'], { wasValues: { live: 'published' } }),
        tags: tags(['red', 'blue']),
      })
      await assert.rejects(go(merged), (error) => isProblem(error) && error.code === 'unaccepted-loss')
      const plan = await go(merged, { accept: ['note.state'] })
      assert.match(plan.losses[0]?.says ?? '', /rows that are published, become live/)
      await go(merged)
      assert.deepEqual(await held('select state from note order by 1'), ['draft', 'live', 'live'])
      await clean()
    })
  })
}
