import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { writeMigration } from '../../../src/sql/migration/file.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import { pair$ } from './pairs.ts'

const squawk = createRequire(import.meta.url).resolve('squawk-cli/js/bin/squawk')

/** Rules of squawk that do not hold here, and why. */
const excluded: Readonly<Record<string, string>> = {
  'prefer-robust-stmts': 'the steps that run together are in one transaction, which squawk does not see',
  'require-timeout-settings': 'the runner sets lock_timeout and statement_timeout for every step',
  'renaming-column': 'a column of another type takes its place in one transaction; other renames add a column',
  'renaming-table': 'a view stands under the earlier name in the same transaction',
  'ban-drop-column': 'only a migration after the one that announced it does',
  'ban-drop-table': 'likewise, and with a line of the file for it',
  'ban-drop-not-null': 'what is optional, or no longer declared, may be empty',
  'prefer-bigint-over-int': 'an integer is what was declared',
}

/** Enough for every kind of change to be among them. */
const PAIRS = 60

test('what is planned keeps the rules of squawk, but for those that do not hold here', () => {
  const files = fc.sample(pair$, { numRuns: PAIRS, seed: 7 }).flatMap(({ before, after }) => {
    const first = planMigration(before, [], after, postgres)
    const second = planMigration(after, first.later, after, postgres)
    return [first, second].map(({ steps, later }) =>
      writeMigration({ steps: steps.map((step, i) => ({ ...step, n: i + 1 })), acceptedLosses: [], later }),
    )
  })
  const titles = new Set(
    files.flatMap((text) => [...text.matchAll(/^-- step \d+: (\w+ \w+)/gm)].map(([, title]) => title)),
  )
  assert.ok(titles.size > 15, `only ${[...titles].join(', ')}`)
  const { stdout, stderr, error } = spawnSync(
    process.execPath,
    [squawk, '--reporter', 'json', '--pg-version', '15', ...Object.keys(excluded).flatMap((rule) => ['-e', rule])],
    { input: files.join('\n'), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  assert.equal(error, undefined)
  const found: readonly { rule_name: string; line: number; message?: string }[] = JSON.parse(stdout || '[]')
  const lines = files.join('\n').split('\n')
  // A table that the same migration creates is empty, and nobody waits for it. A column that is computed is written by
  // the database into every row, which plan.md says with its lock. PostgreSQL writes no row anew for a
  // decimal that loses its limits or gets wider ones, and squawk cannot see what there was before.
  const met = found.filter(
    ({ line, rule_name }) =>
      !lines[line]?.includes('on "brand_new"') &&
      !(rule_name === 'adding-field-with-default' && / generated always as .+ stored;$/.test(lines[line] ?? '')) &&
      !(
        rule_name === 'changing-column-type' &&
        /alter column "\w+" type numeric(\(\d+, ?\d+\))?;$/.test(lines[line] ?? '')
      ),
  )
  assert.deepEqual(
    met.map(({ rule_name, line, message }) => `${rule_name}: ${lines[line]} (${message})`).slice(0, 10),
    [],
    stderr,
  )
})
