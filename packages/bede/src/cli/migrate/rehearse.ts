import type { Rehearsal } from '../../practice/rehearse/rehearse.ts'
import { Problem } from '../../telemetry/problem.ts'
import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { readSettings } from '../settings/settings.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'
import { databaseOptions, withMigrations } from './place.ts'
import { seconds, telling } from './telling.ts'

const { data: _, ...options } = databaseOptions

export const migrateRehearse = command({
  name: 'migrate rehearse',
  summary: 'Apply the pending migrations to a copy, time them, and try the version before on it',
  about: `Copies the database of --database (or DATABASE_URL) into one of its own on the same server, which is dropped
afterwards; the original is only read. With --rows it makes up so many rows of each model instead. Applies what
is pending there, times each step, compares the locks it took with plan.md, and calls the operations of the
version before, before and after. Exits with 1 where plan.md said less, or an operation answers differently.`,
  arguments: [],
  options: { ...options, rows: { value: 'n', summary: 'Make up so many rows of each model instead of copying' } },
  examples: [
    { line: 'bede migrate rehearse --database postgres://shop@db/shop', says: 'On a copy of that database' },
    { line: 'bede migrate rehearse --rows 100000', says: 'The newest migration, on made-up rows' },
  ],
  async run({ options, terminal, folder, environment }) {
    const rows = rowsOf(options.rows)
    const { url } = readSettings(environment, { database: options.database }).database
    if (rows === undefined && url === undefined) {
      throw new Problem('usage', {
        message: 'There is no database to copy.',
        hint: 'Name one with --database, or make up rows: bede migrate rehearse --rows 10000',
      })
    }
    const [{ rehearse }, { makeScratch }] = await Promise.all([
      import('../../practice/rehearse/rehearse.ts'),
      import('../../practice/rehearse/scratch.ts'),
    ])
    const tell = telling(terminal, options.json === true)
    const scratch = await makeScratch(url)
    try {
      const found =
        rows === undefined
          ? await withMigrations({ options, folder, environment }, (original, migrations) =>
              rehearse({ migrations, scratch, from: { original }, tell }),
            )
          : await rehearse({ migrations: await migrationsIn(options.app, folder), scratch, from: { rows }, tell })
      terminal.out(options.json ? JSON.stringify(found, null, 2) : printable(textOf(found), 'lines'))
      const bad = found.unannounced.length > 0 || found.contract.some(({ same }) => !same)
      return bad ? exit.found : exit.fine
    } finally {
      await scratch.drop()
    }
  },
})

async function migrationsIn(app: string | undefined, folder: string) {
  const { readProjectMigrations } = await import('./place.ts')
  return readProjectMigrations(app, folder)
}

function rowsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const rows = Number(text)
  if (Number.isSafeInteger(rows) && rows > 0) return rows
  throw new Problem('usage', { message: '--rows is a number of rows.', hint: 'For example: --rows 100000' })
}

function textOf({ place, rows, steps, unannounced, contract, notCalled }: Rehearsal): string {
  const said = (locks: Rehearsal['steps'][number]['locks']): string =>
    locks.map((lock) => `${lock.mode} on ${lock.table}`).join(', ') || 'none on what was there'
  const broken = contract.filter(({ same }) => !same)
  return [
    `Rehearsed in ${place}.`,
    '',
    'Rows',
    ...table(rows.filter((one) => one.rows > 0).map((one) => [one.table, one.rows.toLocaleString('en-US')])),
    '',
    'Steps',
    ...table(
      steps.map(({ migration, step, title, took, locks }) => [
        `${migration} ${step}`,
        title,
        seconds(took),
        said(locks),
      ]),
    ),
    '',
    unannounced.length === 0 ? 'No lock was stronger than plan.md says.' : 'Locks that plan.md does not announce:',
    ...unannounced.map(({ migration, step, table: on, mode }) => `  ${migration} step ${step}: ${mode} on ${on}`),
    '',
    contract.length === 0
      ? 'There is no version before to try.'
      : `The version before: ${contract.length - broken.length} of ${contract.length} operations answer as before.`,
    ...broken.map(
      ({ operation, before, after }) =>
        `  ${operation}: ${before} before, ${after === before ? 'another answer' : after} after`,
    ),
    ...(notCalled.length > 0 ? [`Not called, because nobody knows what to send: ${notCalled.join(', ')}`] : []),
  ].join('\n')
}
