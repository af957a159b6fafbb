import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { projectOptions } from '../project/options.ts'
import { readSettings } from '../settings/settings.ts'
import { printable } from '../terminal/printable.ts'
import { columnLines, isDone } from './columns.ts'

export const secretsStatus = command({
  name: 'secrets status',
  summary: 'Show how many rows are sealed under which secret',
  about: `Counts the rows of every sealed column by the secret they are sealed under: the current one is BEDE_SECRET. A
secret is named by ten hexadecimal digits, which tell nothing of it. Exits with 1 where rows are under another.`,
  arguments: [],
  options: {
    json: { summary: 'Answer as JSON' },
    ...projectOptions,
    data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
  },
  examples: [{ line: 'bede secrets status', says: 'Whether the secret before may be taken away' }],
  async run({ options, terminal, folder, environment }) {
    const settings = readSettings(environment)
    const [{ openProject }, { openBackend }, { secretStatus }] = await Promise.all([
      import('../project/project.ts'),
      import('../project/backend.ts'),
      import('../../practice/secrets/rotate.ts'),
    ])
    const backend = await openBackend(await openProject(options, folder), options, settings)
    try {
      const { current, columns } = await secretStatus(backend)
      terminal.out(
        options.json
          ? JSON.stringify({ current, columns }, null, 2)
          : printable(columnLines(current, columns).join('\n'), 'lines'),
      )
      return isDone(current, columns) ? exit.fine : exit.found
    } finally {
      await backend.close()
    }
  },
})
