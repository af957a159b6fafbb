import { join, relative } from 'node:path'
import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { migrationsFolder, projectOptions } from '../project/options.ts'

/** Rows that plan.md reckons with where nothing was counted. */
const ROWS = 1_000_000

export const migratePlan = command({
  name: 'migrate plan',
  summary: 'Write the migration from the last one to what is declared now',
  about: `Compares what the last migration recorded with today's declaration, never with a database, and writes
migrations/<time>-<name>: up.sql to run and review, plan.md for whoever approves it, and manifest.json. What would
be lost is named and refused until a person has written -- accept loss: … into up.sql; a field or a model that only
has a new name says so with was. With --database, rows are counted there, and nothing is changed.`,
  arguments: [],
  options: {
    name: { value: 'name', summary: 'What the folder is called after its time: lower case letters, digits, hyphens' },
    database: { value: 'url', summary: 'Count in this database what would be lost, and how large the tables are' },
    rows: {
      value: 'number',
      summary: 'Rows of a table, for how long a lock is held, where none are counted (1000000)',
    },
    json: { summary: 'Answer with the plan as JSON' },
    ...projectOptions,
  },
  examples: [
    { line: 'bede migrate plan --name add-summary', says: 'Writes migrations/20260102030405-add-summary' },
    {
      line: 'bede migrate plan --database postgres://reader@db/shop',
      says: 'Says how many rows and values would be lost, and how long each lock is held on tables of that size',
    },
  ],
  async run({ options, terminal, folder }) {
    const { openProject } = await import('../project/project.ts')
    const { planFolder, wantedName, wantedRows } = await import('./write.ts')
    const name = wantedName(options.name)
    const rows = wantedRows(options.rows) ?? ROWS
    const { manifest, folder: root } = await openProject(options, folder)
    const dir = join(root, migrationsFolder)
    const planned = await planFolder({ dir, manifest, name, rows, url: options.database, folder: root })
    if (options.json) terminal.out(JSON.stringify(planned ?? { migration: null }, null, 2))
    else if (!planned) terminal.out('Nothing to do: the last migration leads to what is declared.')
    else {
      const place = relative(folder, planned.folder)
      terminal.out(
        [
          `Wrote ${place}`,
          '',
          ...planned.changes.map((line) => `  ${line}`),
          '',
          `Read ${join(place, 'plan.md')}, then: bede migrate apply`,
        ].join('\n'),
      )
    }
    return exit.fine
  },
})
