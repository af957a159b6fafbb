// Runs the type check, the linter and the tests, and ends with one line: N passed, N failed, N skipped.
// With patterns, only the test files whose path contains one of them run, and nothing else does.
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from '../node24.mjs'
import { inBatches, turnOf } from './batches.mjs'
import { runBatches } from './pool.mjs'
import { createTally } from './tally.mjs'

const FILES = ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts']
/** One more than a small machine has cores: tests wait for servers, for locks and for each other. */
const CONCURRENCY = 3
/** A test file that runs longer than this, in milliseconds, hangs. */
const FILE_TIMEOUT = 600_000

// Every test process loads the same sources: what V8 makes of them is kept beside the packages.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled')

const patterns = process.argv.slice(2)
const paths = globSync(FILES, { cwd: root, exclude: (path) => path.includes('node_modules') })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)))
if (patterns.length > 0 && paths.length === 0) {
  console.error(`No test file has ${patterns.map((pattern) => `'${pattern}'`).join(' or ')} in its path.`)
  process.exit(2)
}

const tally = createTally((path) => relative(root, path).replaceAll('\\', '/'))

if (patterns.length === 0) {
  const [types, lint] = await Promise.all([check('types'), check('lint')])
  for (const { name, code, output } of [types, lint]) {
    console.log(code === 0 ? `ok    npm run check: ${name}` : `FAIL  npm run check: ${name}\n${output}`)
    if (code !== 0) tally.failed++
  }
}

const batches = inBatches(paths, (path) => readFileSync(join(root, path), 'utf8'))
const absolute = (path) => join(root, path)
await runBatches({
  batches: batches.map((batch) => batch.map(absolute)),
  concurrency: CONCURRENCY,
  turnOf,
  tally,
  process: {
    cwd: root,
    execArgv: ['--conditions=bede-source'],
    timeout: FILE_TIMEOUT,
    write: (text) => process.stdout.write(text),
  },
})
tally.close(paths.map(absolute))
process.exitCode = tally.failed > 0 ? 1 : 0

/** Runs one of the static checks and answers its exit code and what it wrote. */
function check(name) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'scripts', 'check.mjs'), name], { cwd: root })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => resolve({ name, code, output }))
  })
}
