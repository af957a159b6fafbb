import { createHash } from 'node:crypto'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import { platformModels } from '../../../src/manifest/platform/platform.ts'
import type { FieldDefinition } from '../../../src/model/definition.ts'
import { createStatements } from '../../../src/sql/ddl.ts'
import { type MigrationStep, parseMigration, writeMigration } from '../../../src/sql/migration/file.ts'
import type { Migration } from '../../../src/sql/migration/folder.ts'
import { unacceptedLosses } from '../../../src/sql/migration/losses.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import { table, tablesOnly, text } from '../../fixtures/tables.ts'

type Fields = Readonly<Record<string, Omit<FieldDefinition, 'column'>>>

/** A manifest of one model, with the platform's own. */
export const notes = (fields: Fields): Manifest =>
  tablesOnly({ note: table('note', { title: text(), ...fields }), ...platformModels() })

/** A migration as its folder would hold it. */
export function migrationOf(id: string, manifest: Manifest, up: string): Migration {
  return {
    ...parseMigration(up),
    id,
    name: id.slice(15),
    folder: id,
    up,
    free: [],
    sha256: createHash('sha256').update(up).digest('hex'),
    manifest,
  }
}

/** A migration as it is planned, with all that it loses accepted. */
export function planned(id: string, before: Manifest | undefined, after: Manifest): Migration {
  const { steps, later } = planMigration(before, [], after, postgres)
  const file = { steps: steps.map((step, i) => ({ ...step, n: i + 1 })), acceptedLosses: [], later }
  return migrationOf(id, after, writeMigration({ ...file, acceptedLosses: unacceptedLosses(file) }))
}

export const steps = (...made: readonly (Pick<MigrationStep, 'title' | 'run' | 'sql'> & Partial<MigrationStep>)[]) =>
  writeMigration({
    steps: made.map((step, i) => ({ phase: 'expand', loses: [], ...step, n: i + 1 })),
    acceptedLosses: [],
    later: [],
  })

export const before = notes({})
export const after = notes({ headline: text({ optional: true }) })

/** Makes every table of `before`. */
export const first = migrationOf(
  '20260101000000-init',
  before,
  steps({ title: 'everything', run: 'together', sql: `${createStatements(before, postgres).join(';\n')};` }),
)

/** Adds a column, fills it in batches of a hundred rows, makes an index over it and holds it. */
export const second = migrationOf(
  '20260102000000-headline',
  after,
  steps(
    { title: 'the column', run: 'together', sql: 'alter table note add column headline text collate "C";' },
    {
      title: 'a place for the batches',
      run: 'together',
      sql: 'create table bede.backfill (step text primary key, "after" text not null);',
    },
    {
      title: 'the values',
      run: 'batches',
      phase: 'backfill',
      sql: `with batch as (
  select id from note where id > coalesce((select "after"::uuid from bede.backfill where step = 'note'), '00000000-0000-0000-0000-000000000000')
  order by id limit 100
), place as (
  insert into bede.backfill select 'note', max(id::text) from batch having count(*) > 0
  on conflict (step) do update set "after" = excluded."after"
), filled as (
  update note set headline = title from batch where note.id = batch.id returning 1
)
select (select count(*) from filled) from batch having count(*) > 0;`,
    },
    { title: 'an index', run: 'alone', sql: 'create index concurrently note_headline_idx on note (headline);' },
    { title: 'the end of the batches', run: 'together', sql: 'drop table bede.backfill;' },
  ),
)

/** So many notes, each with a title of its own. */
export const notesSql = (count: number): string =>
  `insert into note (id, title) select gen_random_uuid(), 'note ' || n from generate_series(1, ${count}) n`
