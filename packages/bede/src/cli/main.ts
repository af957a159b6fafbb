import { run } from './run.ts'
import { createTerminal } from './terminal/terminal.ts'

// Node warns at each start that running TypeScript is new to it. Bede rests on that and a user cannot act on it.
const { emitWarning } = process
process.emitWarning = (warning: string | Error, ...rest: never[]) => {
  if (/type ?stripping|stripTypeScriptTypes/i.test(String(warning))) return
  Reflect.apply(emitWarning, process, [warning, ...rest])
}

// Whoever reads the output may stop reading (`| head`); that ends neither a command nor a server.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await run(process.argv.slice(2), {
  terminal: createTerminal(process.stdout, process.stderr),
  folder: process.cwd(),
  environment: process.env,
})
