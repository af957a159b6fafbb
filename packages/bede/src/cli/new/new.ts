import { resolve } from 'node:path'
import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { writing } from '../command/writing.ts'
import { printable } from '../terminal/printable.ts'
import { writeProject } from './project.ts'

export const create = command({
  name: 'new',
  summary: 'Write a small, complete backend into a new folder',
  about: `Writes a project that runs as it stands: models, policies, views, an exposure, a route, sign-in and a test.
A folder that has something in it is refused, and nothing is written.`,
  arguments: [{ name: 'folder', summary: 'the folder to write to; it is made when it is not there' }],
  options: {
    json: { summary: 'Answer with the folder and the files written, as JSON' },
  },
  examples: [
    { line: 'bede new blog', says: 'Writes the project into ./blog; then: cd blog && npm install && npm run dev' },
  ],
  async run({ arguments: { folder: name = '' }, options, terminal, folder: from }) {
    const folder = resolve(from, name)
    const files = writing(name, () => writeProject(folder))
    if (options.json) {
      terminal.out(JSON.stringify({ folder, files }, null, 2))
      return exit.fine
    }
    const shown = printable(name)
    terminal.out(
      [
        `${terminal.answered('green', '✓')} ${files.length} files in ${terminal.answered('bold', shown)}`,
        '',
        'Next:',
        `  cd ${quoted(shown)}`,
        '  npm install',
        '  npm run dev      serves it at http://127.0.0.1:3000 and reloads on save',
        '  npm test         runs its tests',
        '',
        'AGENTS.md has the rules of the language for a coding agent; README.md has them for you.',
      ].join('\n'),
    )
    return exit.fine
  },
})

/** A folder's name as a shell takes it, whatever is in it. */
const quoted = (name: string) =>
  /^[\w./@+-]+$/.test(name) && !name.startsWith('-') ? name : `'${name.replaceAll("'", `'\\''`)}'`
