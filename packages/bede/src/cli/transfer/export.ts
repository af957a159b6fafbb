import { resolve } from 'node:path'
import { Problem } from '../../telemetry/problem.ts'
import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { projectOptions } from '../project/options.ts'
import { readSettings } from '../settings/settings.ts'
import { reporter } from './report.ts'

export const exportModel = command({
  name: 'export',
  summary: 'Write the rows of a model to a file',
  about: `Writes the rows of one model, in the order of their ids, as CSV, as an object per line (ndjson) or as one JSON
array; all of them as they were at one moment. Rows and fields are those that nobody in particular may read,
unless --system gives the rights of the system; the reason is logged. Private fields are written when --fields
names them, secrets never. With --out, an export that was cut off goes on with --resume, from a later moment.`,
  arguments: [{ name: 'model', summary: 'the name of a model' }],
  options: {
    out: { value: 'file', summary: 'Where to write (default: standard output)' },
    format: { value: 'name', summary: 'csv, ndjson or json (default: what the file is called, else ndjson)' },
    fields: { value: 'names', summary: 'The fields, with commas between them (default: all but private ones)' },
    system: { value: 'reason', summary: 'Read with the rights of the system, and say why' },
    resume: { summary: 'Go on with an export that was cut off' },
    ...projectOptions,
    data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
    json: { summary: 'Say how many rows were written, or what was refused, as JSON (with --out)' },
  },
  examples: [
    { line: `bede export note --out notes.csv --system 'monthly report'`, says: 'All notes, for a spreadsheet' },
    { line: 'bede export note --fields id,title', says: 'What anybody may read, an object per line' },
  ],
  async run({ arguments: { model = '' }, options, terminal, folder, environment }) {
    if (options.resume && options.out === undefined)
      throw new Problem('usage', {
        message: 'Only an export to a file can go on',
        hint: 'Say with --out which file was begun.',
      })
    const settings = readSettings(environment)
    const [{ openProject }, { openBackend }, transfer, { system }] = await Promise.all([
      import('../project/project.ts'),
      import('../project/backend.ts'),
      import('../../practice/transfer/export-file.ts'),
      import('../../engine/call.ts'),
    ])
    const project = await openProject(options, folder)
    const request = transfer.exportRequest(project.manifest, {
      model,
      format: options.format,
      file: options.out,
      fields: options.fields,
      actor: options.system === undefined ? null : system(options.system),
    })
    const backend = await openBackend(project, options, settings)
    const report = reporter(terminal, `rows of ${model} written`)
    try {
      if (options.out === undefined) {
        await transfer.exportToStream(backend, request, process.stdout)
        return exit.fine
      }
      const rows = await transfer.exportToFile(backend, request, {
        file: resolve(folder, options.out),
        resume: options.resume === true,
        report: (done) => report.at(done),
      })
      report.end()
      if (options.json) terminal.out(JSON.stringify({ model, file: options.out, format: request.format, rows }))
      else terminal.say(`${rows} rows of ${model} are in ${options.out}.`)
      return exit.fine
    } finally {
      await backend.close()
    }
  },
})
