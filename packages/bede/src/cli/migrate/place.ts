import { dirname, join } from 'node:path'
import type { Migration } from '../../sql/migration/folder.ts'
import type { Connection } from '../../store/driver.ts'
import { migrationsFolder, projectOptions } from '../project/options.ts'
import { readSettings } from '../settings/settings.ts'

/** The options of every command that works on a database with a project's migrations. */
export const databaseOptions = {
  database: { value: 'url', summary: 'The database (default DATABASE_URL, else the embedded one)' },
  data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
  ...projectOptions,
  json: { summary: 'Answer as JSON; progress is a line of JSON per event on standard error' },
} as const

interface Given {
  readonly options: {
    readonly database?: string | undefined
    readonly data?: string | undefined
    readonly app?: string | undefined
  }
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Opens the database, reads the migrations, and closes the database whatever `f` does. The app itself is not loaded. */
export async function withMigrations<T>(
  { options, folder, environment }: Given,
  f: (connection: Connection, migrations: readonly Migration[], database: string) => Promise<T>,
): Promise<T> {
  const [{ findAppFile }, { readMigrations }, { chooseDatabase }] = await Promise.all([
    import('../project/app-file.ts'),
    import('../../sql/migration/folder.ts'),
    import('../serve/database.ts'),
  ])
  const root = dirname(findAppFile(options.app, folder))
  const migrations = readMigrations(join(root, migrationsFolder))
  const { database } = readSettings(environment, { database: options.database })
  const url = options.database ?? (options.data === undefined ? database.url : undefined)
  const { driver, name } = chooseDatabase({ url, data: options.data, folder: root })
  const connection = await driver.open()
  try {
    return await f(connection, migrations, name)
  } finally {
    await driver.close()
  }
}

/** The migrations of the project in a folder. */
export async function readProjectMigrations(app: string | undefined, folder: string): Promise<readonly Migration[]> {
  const [{ findAppFile }, { readMigrations }] = await Promise.all([
    import('../project/app-file.ts'),
    import('../../sql/migration/folder.ts'),
  ])
  return readMigrations(join(dirname(findAppFile(app, folder)), migrationsFolder))
}
