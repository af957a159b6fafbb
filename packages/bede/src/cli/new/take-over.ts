import { resolve } from 'node:path'
import type { Manifest } from '../../manifest/manifest.ts'
import { platformSchema } from '../../manifest/platform/names.ts'
import type { TakeOver } from '../../practice/takeover/takeover.ts'
import type { LiveSchema } from '../../store/introspect/live-schema.ts'
import { addressHint, addressInWords } from '../../store/postgres/address.ts'
import { Problem } from '../../telemetry/problem.ts'
import { writing } from '../command/writing.ts'
import { migrationsFolder } from '../project/options.ts'
import { filesIn, packageName, refuseUnlessEmpty, writeDeclared } from './project.ts'
import { openStage } from './stage.ts'

export interface TakenOver {
  readonly files: readonly string[]
  readonly models: TakeOver['models']
  readonly left: TakeOver['left']
}

/** Rows that plan.md reckons with: the tables are there already. */
const ROWS = 1_000_000

/**
 * Reads what the database at `url` holds, in one read-only transaction, and writes a project that declares it. Nothing of
 * the address is written. The project is loaded and its migrations are planned before anything is put into `folder`, which
 * is as it was where that fails.
 *
 * Throws the Problems `usage` for an address that is none and for an empty database, and `folder-in-use`.
 */
export async function takeOverInto(folder: string, shown: string, url: string): Promise<TakenOver> {
  if (addressInWords(url) === undefined) {
    throw new Problem('usage', {
      message: '--from is not the address of a PostgreSQL database: it needs a host and the name of a database.',
      hint: addressHint,
    })
  }
  refuseUnlessEmpty(folder)
  const { takeOver } = await import('../../practice/takeover/takeover.ts')
  const { models, left, files } = takeOver(await readDatabase(url), packageName(folder))
  if (models.length === 0) {
    throw new Problem('usage', {
      message: 'The database has no table or view of its own: there is nothing to take over.',
      hint: 'Look at the name of the database in the address. A new project: bede new <folder>',
    })
  }
  const stage = openStage()
  try {
    const made = { ...files, 'README.md': readme(models) }
    writing(stage.folder, () => writeDeclared(stage.folder, packageName(folder), made))
    await writeMigrations(stage.folder)
    stage.place(folder, shown)
    return { files: filesIn(stage.folder), models, left }
  } finally {
    stage.drop()
  }
}

async function readDatabase(url: string): Promise<LiveSchema> {
  const [{ introspect }, { postgresDriver }] = await Promise.all([
    import('../../store/introspect/introspect.ts'),
    import('../../store/postgres/driver.ts'),
  ])
  const driver = postgresDriver({ url, pool: { connections: 1 } })
  try {
    return await introspect(await driver.open())
  } finally {
    await driver.close()
  }
}

/** First what is there, which is only recorded; then what Bede keeps for itself. */
async function writeMigrations(folder: string): Promise<void> {
  const [{ openProject }, { planFolder }] = await Promise.all([
    import('../project/project.ts'),
    import('../migrate/write.ts'),
  ])
  const { manifest } = await openProject({}, folder)
  const dir = resolve(folder, migrationsFolder)
  const plan = (of: Manifest, name: string) =>
    planFolder({ dir, manifest: of, name, rows: ROWS, url: undefined, folder })
  await plan(withoutBede(manifest), 'taken-over')
  await plan(manifest, 'bede')
}

const withoutBede = (manifest: Manifest): Manifest => ({
  ...manifest,
  models: Object.fromEntries(Object.entries(manifest.models).filter(([, { schema }]) => schema !== platformSchema)),
  policies: {},
  views: {},
  events: {},
  operations: {},
})

const readme = (models: TakeOver['models']): string => `# A backend over a database that was there before

\`\`\`sh
npm install
export DATABASE_URL=postgres://user:password@host:5432/database
npx bede migrate apply
npm run dev
\`\`\`

\`bede migrate apply\` compares the database with \`migrations/…-taken-over\`, records that it has all of it, and makes the tables that Bede keeps for itself, in the schema \`bede\`. Your own tables it does not touch.

| folder | what is in it |
|---|---|
| \`models/\` | ${models.length} models: what the tables and views are |
| \`services/\` | who may do what (**nobody, until you say who**), and what is seen |
| \`api/\` | how it is reached |
| \`database.ts\` | types, functions, views, triggers: for an empty database, such as that of a test |
| \`migrations/\` | what was there, and what Bede adds |

Open a model in \`services/\`: replace \`nobody\` by \`anyone\`, \`signedIn\`, or a condition over the row and the actor. Columns whose names promise a secret are \`private\`, and the views leave them out. [TAKEN-OVER.md](TAKEN-OVER.md) lists what the models do not say in their own words; it stays in the database as it is.
`
