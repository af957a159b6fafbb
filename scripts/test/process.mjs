// A test process as the runner sees it. It is given files, one after another, and every one is accounted for, whatever
// becomes of the process.
import { fork } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))
const REPORTER = new URL('reporter.mjs', import.meta.url).href

/** How long after its end, in milliseconds, the output of a process may stay open: then another one writes there. */
const OUTPUT_CLOSES = 5000

/** A process that holds more than this, in bytes, takes no further file: the machine has not much more for two. */
const MOST_MEMORY = 1.2e9

/**
 * Starts a test process.
 * @param {object} options
 * @param {string} options.cwd
 * @param {readonly string[]} options.execArgv what Node itself is told
 * @param {number} options.timeout milliseconds a file may take, and the process to end after its last one
 * @param {(text: string) => void} options.write takes what the tests write
 */
export function startProcess({ cwd, execArgv, timeout, write }) {
  const child = fork(WORKER, {
    cwd,
    execArgv: [...execArgv, `--test-reporter=${REPORTER}`, '--test-reporter-destination=stdout'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.stdout.setEncoding('utf8').on('data', write)
  child.stderr.setEncoding('utf8').on('data', write)

  /** What is done with the next messages. */
  let hear = () => {}
  child.on('message', (message) => hear(message))
  child.on('error', () => {}) // a message that no longer reaches the process: its end says more

  /** Whether something of this process has been told to have failed. */
  let failed = false
  const exit = ending(child)

  return { run }

  /**
   * Runs a file; `last`: no other follows. `take` is given each event of its tests. Answers, in sentences, what is wrong
   * with the file besides its tests, and whether the process has ended with it.
   */
  async function run(file, last, take) {
    let ran = true
    const over = new Promise((resolve) => {
      hear = (message) => {
        if (message.type === 'ended') return resolve(message)
        ran &&= message.type !== 'test:fail'
        take(message)
      }
    })
    child.send({ file })
    const first = await within(Promise.race([over, exit]))
    if (first === undefined) return { problems: [await kill('It was not done')], gone: true }
    if (first.type !== 'ended')
      return { problems: [`Its process ended before it did, with ${inWords(first)}.`], gone: true }

    const { strays, exitCode, open, changed, memory } = first
    const problems = strays.map((error) => `An error belonged to no running test:\n${error}`)
    if (exitCode && problems.length === 0 && ran) problems.push(`It set the exit code to ${exitCode}.`)
    failed ||= !ran || problems.length > 0
    const gone = last || problems.length > 0 || open.length > 0 || changed.length > 0 || memory > MOST_MEMORY
    if (gone) problems.push(...(await end(open)))
    return { problems, gone }
  }

  /** Lets the process end by itself; what is wrong with its end, in sentences. `open`: what it holds on to. */
  async function end(open) {
    child.send({}) // no further file
    const ended = await within(exit)
    if (ended === undefined) return [await kill(`Its process did not end, holding ${open.join(', ')},`)]
    const problems = ended.held ? ['It left a process behind that writes where it wrote.'] : []
    // node:test ends the process with 1 for what has been said.
    if (ended.code !== 0 && !(ended.code === 1 && failed)) problems.push(`Its process ended with ${inWords(ended)}.`)
    return problems
  }

  async function kill(what) {
    child.kill('SIGKILL')
    await exit
    return `${what} within ${timeout / 1000} s, and was killed.`
  }

  async function within(promise) {
    const stop = new AbortController()
    const late = wait(timeout, undefined, { signal: stop.signal }).catch(() => {})
    try {
      return await Promise.race([promise, late])
    } finally {
      stop.abort()
    }
  }
}

/** How a process ends. `held`: it has ended, but its output did not. */
function ending(child) {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const giveUp = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
        resolve({ code, signal, held: true })
      }, OUTPUT_CLOSES)
      child.once('close', () => {
        clearTimeout(giveUp)
        resolve({ code, signal, held: false })
      })
    })
  })
}

const inWords = ({ code, signal }) => (signal === null ? `exit code ${code}` : signal)
