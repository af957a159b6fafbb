import { existsSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Problem } from '../../telemetry/problem.ts'
import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { projectOptions } from '../project/options.ts'
import { readSettings } from '../settings/settings.ts'
import { reporter } from './report.ts'

export const importModel = command({
  name: 'import',
  summary: 'Read rows of a model from a file',
  about: `Makes rows of one model from CSV with a header line, from an object per line (ndjson) or from one JSON array.
Every row meets the rules of the model and the policies, as any other: those for nobody in particular, unless
--system gives the rights of the system; the reason is logged. A row that is refused does not stop the others:
it is written, with the reason, to the file of --refused, and the exit code is 1. Nothing is emitted. Rows
without an id get one. An import that was cut off goes on with --resume and stores nothing twice.`,
  arguments: [
    { name: 'model', summary: 'the name of a model' },
    { name: 'file', summary: 'the file to read' },
  ],
  options: {
    format: { value: 'name', summary: 'csv, ndjson or json (default: what the file is called)' },
    existing: {
      value: 'way',
      summary: 'What to do with rows that are there: refuse (default), keep them as they are, or update them',
    },
    key: { value: 'fields', summary: 'The unique fields by which a row is known (default: its id)' },
    refused: { value: 'file', summary: 'Where to report refused rows (default <file>.refused.ndjson)' },
    system: { value: 'reason', summary: 'Write with the rights of the system, and say why' },
    resume: { summary: 'Go on with an import that was cut off' },
    ...projectOptions,
    data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
    json: { summary: 'Say what came of it, or what was refused as a whole, as JSON' },
  },
  examples: [
    { line: `bede import note notes.csv --system 'from the old wiki'`, says: 'Makes a note of every line' },
    { line: 'bede import note notes.csv --existing update --resume', says: 'Goes on after it was cut off' },
  ],
  async run({ arguments: { model = '', file = '' }, options, terminal, folder, environment }) {
    const path = resolve(folder, file)
    if (!existsSync(path) || !statSync(path).isFile())
      throw new Problem('usage', { message: `There is no file ${file}`, hint: 'Name the file with the rows.' })
    const settings = readSettings(environment)
    const [{ openProject }, { openBackend }, transfer, { system }] = await Promise.all([
      import('../project/project.ts'),
      import('../project/backend.ts'),
      import('../../practice/transfer/import-file.ts'),
      import('../../engine/call.ts'),
    ])
    const project = await openProject(options, folder)
    const asked = transfer.importRequest(project.manifest, {
      model,
      format: options.format,
      file,
      existing: options.existing,
      key: options.key,
      actor: options.system === undefined ? null : system(options.system),
    })
    const reported = options.refused ?? `${file}.refused.ndjson`
    const backend = await openBackend(project, options, settings)
    const report = reporter(terminal, `rows of ${file} done`)
    try {
      const { rows, stored, refused } = await transfer.importFile(backend, asked, {
        file: path,
        refused: resolve(folder, reported),
        resume: options.resume === true,
        report: (count) => report.at(count.rows, count.refused > 0 ? `, ${count.refused} refused` : ''),
      })
      if (refused === 0) rmSync(resolve(folder, reported), { force: true })
      const outcome = { model, rows, stored, refused, ...(refused > 0 && { report: reported }) }
      if (options.json) terminal.out(JSON.stringify(outcome))
      else
        terminal.say(
          `${stored} of ${rows} rows are stored.${refused > 0 ? ` ${refused} were refused: see ${reported}.` : ''}`,
        )
      return refused > 0 ? exit.found : exit.fine
    } finally {
      await backend.close()
    }
  },
})
