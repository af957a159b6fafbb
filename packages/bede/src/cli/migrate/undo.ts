import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { databaseOptions, withMigrations } from './place.ts'
import { telling } from './telling.ts'

export const migrateUndo = command({
  name: 'migrate undo',
  summary: 'Take back the last migration, where nothing is lost by it',
  about: `Removes what the last migration added, if it is empty or holds only copies, and makes what it changed as it was.
Everything is counted behind a lock, in the same transaction. Where a row would lose something, or something
is gone for good, it is refused with the reasons, and nothing is changed. The migration's folder stays.`,
  arguments: [],
  options: databaseOptions,
  examples: [{ line: 'bede migrate undo', says: 'Of a migration whose new column nobody has filled yet' }],
  async run({ options, terminal, folder, environment }) {
    const { undoMigration } = await import('../../store/migrate/undo.ts')
    return withMigrations({ options, folder, environment }, async (connection, migrations) => {
      const outcome = await undoMigration(connection, migrations, telling(terminal, options.json === true))
      if (options.json) terminal.out(JSON.stringify(outcome, null, 2))
      else
        terminal.out(
          [
            `Undone: ${outcome.undone}`,
            ...outcome.statements.map((sql) => `  ${sql}`),
            'Its folder is pending again: change it, delete it, or apply it anew.',
          ].join('\n'),
        )
      return exit.fine
    })
  },
})
