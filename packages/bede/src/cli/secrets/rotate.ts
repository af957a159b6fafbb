import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { projectOptions } from '../project/options.ts'
import { readSettings } from '../settings/settings.ts'
import { printable } from '../terminal/printable.ts'
import { reporter } from '../transfer/report.ts'
import { columnLines, isDone } from './columns.ts'

export const secretsRotate = command({
  name: 'secrets rotate',
  summary: 'Seal what is under an earlier secret anew, under the current one',
  about: `Decrypts what is sealed under a secret of BEDE_SECRET_PREVIOUS and encrypts it under BEDE_SECRET, in batches, while
the app serves. It may be cut off and begun again. When it exits with 0, nothing is left under the earlier secrets
but answers and mails that are kept for a day: after that they may go. Also gives values the hash that finds them
where a field has become searchable. Exits with 1 where rows are left, and says which.`,
  arguments: [],
  options: {
    json: { summary: 'Answer as JSON' },
    ...projectOptions,
    data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
  },
  examples: [
    { line: 'BEDE_SECRET_PREVIOUS=$OLD BEDE_SECRET=$NEW bede secrets rotate', says: 'After every process knows both' },
  ],
  async run({ options, terminal, folder, environment }) {
    const settings = readSettings(environment)
    const [{ openProject }, { openBackend }, { rotate }] = await Promise.all([
      import('../project/project.ts'),
      import('../project/backend.ts'),
      import('../../practice/secrets/rotate.ts'),
    ])
    const backend = await openBackend(await openProject(options, folder), options, settings)
    const report = reporter(terminal, 'rows sealed anew')
    try {
      const rotation = await rotate(backend, (rows) => report.at(rows))
      const { current, columns, resealed, left } = rotation
      const lines = [
        `${resealed} rows sealed anew`,
        ...columnLines(current, columns),
        ...left.map(({ column, key, why }) => `left: ${column} of the row ${key}: ${why}`),
      ]
      terminal.out(options.json ? JSON.stringify(rotation, null, 2) : printable(lines.join('\n'), 'lines'))
      return isDone(current, columns) && left.length === 0 ? exit.fine : exit.found
    } finally {
      await backend.close()
    }
  },
})
