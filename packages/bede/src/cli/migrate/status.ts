import type { MigrationStatus } from '../../store/migrate/status.ts'
import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { printable } from '../terminal/printable.ts'
import { databaseOptions, withMigrations } from './place.ts'

export const migrateStatus = command({
  name: 'migrate status',
  summary: 'Show which migrations the database has had, and where it is not as they left it',
  about: `Lists what is applied, half done and pending. Then compares the tables themselves with those of the last
applied migration: every table, column, type, default, index and constraint that is missing, extra or
different is named. Tables of others are told and not touched. Changes nothing. Exits with 1 where there is
a difference.`,
  arguments: [],
  options: databaseOptions,
  examples: [{ line: 'bede migrate status --database postgres://shop@db/shop', says: 'Before and after a deployment' }],
  async run({ options, terminal, folder, environment }) {
    const { migrationStatus } = await import('../../store/migrate/status.ts')
    return withMigrations({ options, folder, environment }, async (connection, migrations) => {
      const status = await migrationStatus(connection, migrations)
      terminal.out(options.json ? JSON.stringify(status, null, 2) : printable(textOf(status), 'lines'))
      return status.drift.length > 0 ? exit.found : exit.fine
    })
  },
})

function textOf({ applied, half, pending, comparedWith, drift, kept, others }: MigrationStatus): string {
  const lines = [
    ...applied.map(
      ({ id, appliedAt, adopted }) => `applied    ${id}  ${appliedAt}${adopted ? '  (was there already)' : ''}`,
    ),
    ...(half ? [`half done  ${half.id}  ${half.step} of ${half.steps} steps; next: ${half.next}`] : []),
    ...pending.map((id) => `pending    ${id}`),
  ]
  if (lines.length === 0) lines.push('There are no migrations.')
  if (half) lines.push('', 'Go on with: bede migrate apply')
  if (comparedWith === undefined) return lines.join('\n')
  lines.push(
    '',
    drift.length === 0
      ? `The tables are as ${comparedWith} left them.`
      : `The tables are not as ${comparedWith} left them:`,
  )
  lines.push(...drift.map(({ message }) => `  ${message}`))
  if (kept.length > 0)
    lines.push('', 'Kept for the version before, until the next migration:', ...kept.map(({ place }) => `  ${place}`))
  if (others.length > 0) lines.push('', `Not declared, and left alone: ${others.join(', ')}`)
  return lines.join('\n')
}
