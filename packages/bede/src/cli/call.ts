import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Outcome } from '../engine/call.ts'
import { Problem } from '../telemetry/problem.ts'
import { command } from './command/command.ts'
import { exit } from './command/exit.ts'
import { migrationsFolder, projectOptions } from './project/options.ts'
import { readSettings } from './settings/settings.ts'

export const call = command({
  name: 'call',
  summary: 'Call one operation of the app, in this process',
  about: `Calls an operation through the same engine as every request, on DATABASE_URL or the embedded database, and
prints its answer. An empty database gets its tables, as from bede start; one that differs from the
declaration is refused, and nothing is called. It is called by nobody, with nobody's rights, unless --system
gives it those of the system; the reason is logged. A refusal by the app exits with 1.`,
  arguments: [{ name: 'operation', summary: 'the name of an operation; bede check lists those with an address' }],
  options: {
    input: { value: 'json', summary: 'The input as JSON, or @file to read it from a file (default {})' },
    system: { value: 'reason', summary: 'Call it with the rights of the system, and say why' },
    ...projectOptions,
    data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
    json: { summary: 'Answer refusals as JSON too' },
  },
  examples: [
    { line: `bede call note.list --input '{"limit": 5}'`, says: 'What anybody may see of the newest notes' },
    { line: `bede call seed --system 'demo data' --input @seed.json`, says: 'Runs an action that only the system may' },
  ],
  async run({ arguments: { operation = '' }, options, terminal, folder, environment }) {
    const input = inputOf(options.input, folder)
    const { openProject } = await import('./project/project.ts')
    const settings = readSettings(environment)
    const project = await openProject(options, folder)
    const { manifest } = project
    if (!Object.hasOwn(manifest.operations, operation)) {
      const { unknownOperation } = await import('./project/unknown-operation.ts')
      throw unknownOperation(manifest, operation)
    }
    const [{ openBackend }, { system }] = await Promise.all([
      import('./project/backend.ts'),
      import('../engine/call.ts'),
    ])
    const migrations = join(project.folder, migrationsFolder)
    const backend = await openBackend(project, options, settings, { migrations, calling: true })
    try {
      const outcome = await backend.call(operation, input, options.system === undefined ? null : system(options.system))
      const text = await textOf(outcome)
      if (text !== '') terminal.out(text)
      return exit.fine
    } finally {
      await backend.close()
    }
  },
})

function inputOf(given: string | undefined, folder: string): unknown {
  if (given === undefined) return {}
  try {
    return JSON.parse(given.startsWith('@') ? readFileSync(resolve(folder, given.slice(1)), 'utf8') : given)
  } catch (cause) {
    throw new Problem('usage', {
      message: `--input is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: `For example: --input '{"limit": 5}', or --input @file.json`,
      cause,
    })
  }
}

async function textOf({ answer }: Outcome): Promise<string> {
  if (answer.kind === 'none') return ''
  if (answer.kind === 'json') return answer.text
  const { body } = answer
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : (await buffer(body)).toString()
}
