// A process that runs test files, one after another. Each is imported into a suite of its own: its hooks are its own and
// end with it. node:test tells of the tests through reporter.mjs, this file of what is around them.
import { suite } from 'node:test'
import { setImmediate } from 'node:timers'
import { pathToFileURL } from 'node:url'
import { tell } from './channel.mjs'
import { described, ended } from './reporter.mjs'
import { changes, letGo, remember } from './traces.mjs'

/** The exit code of a process in which an error belonged to no test after its last file had ended. */
const STRAYED = 70

/** Errors that belong to no running test, since a file has last ended. */
let strays = []
let watching = false

// What a test starts is not to report as this process does.
process.execArgv = process.execArgv.filter((argument) => !argument.startsWith('--test-'))
process.on('message', ({ file }) => (file === undefined ? process.disconnect() : run(file)))
process.on('exit', () => {
  if (strays.length === 0) return
  console.error(strays.join('\n'))
  process.exitCode = STRAYED
})

async function run(file) {
  let earlier
  const over = ended(file)
  suite(file, async () => {
    watch()
    earlier = remember()
    await import(pathToFileURL(file).href)
  })
  await over
  const open = await letGo(earlier)
  await new Promise((resolve) => setImmediate(resolve)) // what is thrown at the very end is still the file's
  const { exitCode } = process
  tell({ type: 'ended', strays, exitCode, open, changed: changes(earlier), memory: process.memoryUsage.rss() })
  strays = []
  process.exitCode = undefined
}

/** Begins when node:test has begun, so that it is asked first whose an error is; what is nobody's has an exit code. */
function watch() {
  if (watching) return
  watching = true
  void globalThis.Request // Node loads fetch when it is first asked for, and keeps its connections in a global
  const stray = (error) => {
    if (process.exitCode) strays.push(described(error))
  }
  process.on('uncaughtException', stray)
  process.on('unhandledRejection', stray)
}
