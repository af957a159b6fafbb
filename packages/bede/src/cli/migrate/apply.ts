import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { databaseOptions, withMigrations } from './place.ts'
import { telling } from './telling.ts'

export const migrateApply = command({
  name: 'migrate apply',
  summary: 'Apply the migrations that the database has not had',
  about: `Applies what is not applied, in order, one migrator at a time: a second one waits and then finds nothing to do.
A file that was changed after it had been applied is refused, and so is a loss nobody has accepted in the
file. A lock is waited for briefly and asked for again, so that callers are not held up. What fails leaves the
database as it was before that step, says how far it got, and goes on there the next time.`,
  arguments: [],
  options: databaseOptions,
  examples: [
    { line: 'DATABASE_URL=postgres://shop@db/shop bede migrate apply', says: 'Before the new version is deployed' },
  ],
  async run({ options, terminal, folder, environment }) {
    const { applyMigrations } = await import('../../store/migrate/apply.ts')
    return withMigrations({ options, folder, environment }, async (connection, migrations, database) => {
      const tell = telling(terminal, options.json === true)
      const { applied, adopted } = await applyMigrations(connection, migrations, { tell })
      if (options.json) terminal.out(JSON.stringify({ applied, adopted }, null, 2))
      else if (applied.length > 0) terminal.out(`Applied ${applied.join(', ')} (${database}).`)
      else terminal.out(`Nothing to apply: the database (${database}) has all ${migrations.length} migrations.`)
      return exit.fine
    })
  },
})
