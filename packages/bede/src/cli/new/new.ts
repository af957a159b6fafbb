import { resolve } from 'node:path'
import { command } from '../command/command.ts'
import { type ExitCode, exit } from '../command/exit.ts'
import { writing } from '../command/writing.ts'
import { printable } from '../terminal/printable.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { filesIn, packageName, refuseUnlessEmpty, writeProject } from './project.ts'
import { openStage } from './stage.ts'

export const create = command({
  name: 'new',
  summary: 'Write a small, complete backend into a new folder',
  about: `Writes a project that runs as it stands: models, policies, views, an exposure, a route, sign-in and a test.
A folder that has something in it is refused, and nothing is written. With --from, the project declares what a
PostgreSQL database holds: models, relations, constraints, indexes, views, and policies that let nobody do anything
until you say who. The database is only read, and nothing of its address is written. With --from and a file, the
project serves what a contract in OpenAPI 3.0 or 3.1 says, with handlers that are to be written.`,
  arguments: [{ name: 'folder', summary: 'the folder to write to; it is made when it is not there' }],
  options: {
    from: { value: 'url|file', summary: 'Take over this database, or serve the contract in this file (JSON or YAML)' },
    json: { summary: 'Answer with the folder and the files written, as JSON' },
  },
  examples: [
    { line: 'bede new blog', says: 'Writes the project into ./blog; then: cd blog && npm install && npm run dev' },
    {
      line: 'bede new shop --from postgres://reader@db/shop',
      says: 'Writes a project over the database that is there; TAKEN-OVER.md in it says what stays as it is',
    },
    {
      line: 'bede new shop --from openapi.yaml',
      says: 'Writes a project with a route for each operation; CONTRACT.md in it says what is not as the contract says',
    },
  ],
  async run({ arguments: { folder: name = '' }, options, terminal, folder: from }) {
    const folder = resolve(from, name)
    if (options.from !== undefined) {
      return isDatabase(options.from)
        ? takeOver(folder, name, options.from, options.json, terminal)
        : fromContract(folder, name, resolve(from, options.from), options.from, options.json, terminal)
    }
    const files = newProject(folder, name)
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

/** Writes the small project and answers its files. Throws the Problems `folder-in-use` and `cannot-write`. */
export function newProject(folder: string, shown: string): readonly string[] {
  refuseUnlessEmpty(folder)
  const stage = openStage()
  try {
    writing(stage.folder, () => writeProject(stage.folder, packageName(folder)))
    stage.place(folder, shown)
    return filesIn(stage.folder)
  } finally {
    stage.drop()
  }
}

const isDatabase = (from: string): boolean => /^postgres(?:ql)?:/i.test(from)

async function fromContract(
  folder: string,
  name: string,
  file: string,
  given: string,
  json: true | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  const { projectFromContract } = await import('./from-contract.ts')
  const { files, operations, models, compared, left } = await projectFromContract(
    folder,
    name,
    given.includes('://') ? given : file,
  )
  if (json) {
    terminal.out(JSON.stringify({ folder, files, operations, models, compared, left }, null, 2))
    return exit.fine
  }
  const shown = printable(name)
  terminal.out(
    [
      `${terminal.answered('green', '✓')} ${operations} of ${compared.operations} operations, ${models} models, in ${terminal.answered('bold', shown)}`,
      `  What is not as the contract says: CONTRACT.md names ${left.length}`,
      '',
      'Next:',
      `  cd ${quoted(shown)}`,
      '  npm install',
      '  npm run dev      serves it, with /docs; every operation answers 501 until its handler is written',
    ].join('\n'),
  )
  return exit.fine
}

async function takeOver(
  folder: string,
  name: string,
  url: string,
  json: true | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  const { takeOverInto } = await import('./take-over.ts')
  const { files, models, left } = await takeOverInto(folder, name, url)
  if (json) {
    terminal.out(JSON.stringify({ folder, files, models, left }, null, 2))
    return exit.fine
  }
  const shown = printable(name)
  const read = models.filter(({ readonly }) => readonly).length
  terminal.out(
    [
      `${terminal.answered('green', '✓')} ${models.length} models, ${read} of them only read, in ${terminal.answered('bold', shown)}`,
      `  What stays in the database as it is and has no words in a model: TAKEN-OVER.md names ${left.length}`,
      '',
      'Next:',
      `  cd ${quoted(shown)}`,
      '  npm install',
      '  export DATABASE_URL=postgres://…',
      '  npx bede migrate apply   records what is there, and makes the tables that Bede keeps for itself',
      '  npm run dev              serves it; nobody may do anything until services/ says who',
    ].join('\n'),
  )
  return exit.fine
}

/** A folder's name as a shell takes it, whatever is in it. */
const quoted = (name: string) =>
  /^[\w./@+-]+$/.test(name) && !name.startsWith('-') ? name : `'${name.replaceAll("'", `'\\''`)}'`
