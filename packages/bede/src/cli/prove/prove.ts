import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { version } from '../command/version.ts'
import { writing } from '../command/writing.ts'
import { projectOptions } from '../project/options.ts'
import { readSettings } from '../settings/settings.ts'
import { printable } from '../terminal/printable.ts'
import { watching } from './watching.ts'

/** Seeds are short enough to be typed. */
const seeds = 1_000_000

export const prove = command({
  name: 'prove',
  summary: 'Attack the app on a scratch database and print what holds',
  about: `Serves the app on a scratch database and makes people and rows by its manifest: nobody, two who are alike, one
of another tenant, and one for each role. Then every operation is called as everybody, with everybody's ids and
with what attackers send. Prints a line per attack class: held, open, or not applicable and why. What is open has
the request that shows it. The database is embedded, or on the server of --database one of its own, which is
dropped afterwards. An operation that nothing reached fails the run: give an example of it in prove.json. What
handlers call elsewhere is really called: give them keys for tests.`,
  arguments: [],
  options: {
    attacks: { summary: 'Only attack it' },
    policies: { summary: 'Only compare every role, operation and row with the policies' },
    contract: { summary: 'Only hold its answers against its OpenAPI document' },
    only: { value: 'operations', summary: 'Attack these alone, with commas between them' },
    seed: { value: 'number', summary: 'Repeat a run: the seed of all that was made up in it, which it printed' },
    json: { summary: 'Answer as JSON' },
    sarif: { value: 'file', summary: 'Write the findings to a file too, as SARIF 2.1.0' },
    database: { value: 'url', summary: 'Make the scratch database on this PostgreSQL server (default: embedded)' },
    ...projectOptions,
  },
  examples: [
    { line: 'bede prove', says: 'Exit code 0 when all holds, 1 when something is open or was not reached' },
    { line: 'bede prove --seed 71820', says: 'The same again' },
    { line: 'bede prove --sarif proof.sarif', says: 'For what shows findings beside code' },
    { line: 'bede prove --json > proof.json', says: 'Every class, every operation and every finding' },
  ],
  async run({ options, terminal, folder, environment }) {
    const seed = seedOf(options.seed)
    const { url } = readSettings({ ...environment, DATABASE_URL: undefined }, { database: options.database }).database
    const [
      { sarifOf },
      { openProject },
      { readProveFile },
      { isProven, proofParts, prove },
      { makeScratch },
      { proofLines },
    ] = await Promise.all([
      import('../../practice/prove/sarif.ts'),
      import('../project/project.ts'),
      import('../../practice/prove/acknowledged.ts'),
      import('../../practice/prove/prove.ts'),
      import('../../practice/rehearse/scratch.ts'),
      import('./proof-lines.ts'),
    ])
    const { app, manifest, folder: root, path: appFile } = await openProject(options, folder)
    const file = readProveFile(root, Object.keys(manifest.operations))
    const asked = proofParts.filter((part) => options[part])
    const parts = asked.length > 0 ? asked : proofParts
    const only = onlyOf(options.only, Object.keys(manifest.operations))
    const scratch = await makeScratch(url)
    const watched = watching(terminal)
    try {
      const proof = await prove({ app, driver: scratch.driver, file, parts, seed, only, tell: watched.tell })
      watched.done()
      if (options.sarif !== undefined) {
        const path = resolve(folder, options.sarif)
        const log = sarifOf(proof, { file: relative(folder, appFile), version: version() })
        writing(path, () => writeFileSync(path, `${JSON.stringify(log, null, 2)}\n`))
      }
      terminal.out(
        options.json
          ? JSON.stringify(proof, null, 2)
          : proofLines(proof, (format, text) => terminal.answered(format, text)).join('\n'),
      )
      return isProven(proof) ? exit.fine : exit.found
    } catch (error) {
      watched.done()
      terminal.say(`The run that ended here had the seed ${seed}.`)
      throw error
    } finally {
      watched.done()
      await scratch.drop()
    }
  },
})

function seedOf(text: string | undefined): number {
  if (text === undefined) return randomInt(seeds)
  const seed = Number(text)
  if (Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new Problem('usage', { message: '--seed is a whole number.', hint: 'Take the one that the run has printed.' })
}

function onlyOf(text: string | undefined, known: readonly string[]): readonly string[] {
  const names = text?.split(',').map((name) => name.trim()) ?? []
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return names
  const meant = nearest(unknown, known)
  throw new Problem('usage', {
    message: `There is no operation '${printable(unknown)}'.`,
    hint: meant === undefined ? 'See them all: bede check' : `Perhaps you meant '${meant}'.`,
  })
}
