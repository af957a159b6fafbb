// Runs the type check, the linter and the tests, and ends with one line: N passed, N failed, N skipped.
// With patterns, only the test files whose path contains one of them run, and nothing else does.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { root } from '../node24.mjs'
import { createTally } from './tally.mjs'

const FILES = ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts']
const CONCURRENCY = 2
/** A test file that runs longer than this, in milliseconds, hangs. */
const FILE_TIMEOUT = 600_000

// Every test file is a process that loads the same sources: what V8 makes of them is kept beside the packages.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled')

const patterns = process.argv.slice(2)
const files = globSync(FILES, { cwd: root, exclude: (path) => path.includes('node_modules') })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)))
  // Those of the house first: the longest of all files, the documents', is among them, and would run on alone at the end.
  .sort((a, b) => Number(b.startsWith('test/')) - Number(a.startsWith('test/')) || (a < b ? -1 : 1))
if (patterns.length > 0 && files.length === 0) {
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

if (files.length > 0) {
  const events = run({
    files: files.map((path) => join(root, path)),
    cwd: root,
    concurrency: CONCURRENCY,
    timeout: FILE_TIMEOUT,
    execArgv: ['--conditions=bede-source'],
  })
  for await (const { type, data } of events) tally.take(type, data)
}

for (const { name, reason } of tally.skips) console.log(`skip  ${name}: ${reason}`)
if (tally.failures.length > 0) console.log(`\nFailed:\n${tally.failures.map((name) => `  ${name}`).join('\n')}`)
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
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
