// npm run bench -- <name> [options]: builds, then runs bench/<name>.ts on the carried Node. What is measured is what users install.
// npm run bench -- all: every one in turn; goes on when one fails, and says so at the end. `--quick` only tries them.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './node24.mjs'
import { setup } from './setup.mjs'

const folder = join(root, 'bench')
// A measurement begins by saying what it measures; the other files are its parts.
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && /^\s*(?:const|let) rounds/m.test(readFileSync(join(folder, file), 'utf8')))
  .map((file) => file.slice(0, -3))
const [name, ...options] = process.argv.slice(2)
if (name === undefined || (name !== 'all' && !names.includes(name))) {
  console.error(`Say which measurement: npm run bench -- ${names.join(' | ')} | all`)
  process.exit(2)
}

/** `all` begins with these; the soak, which is long, comes last. */
const first = ['limit', 'policy', 'peers', 'growth', 'stages', 'identity', 'pglite']
const place = (one) => (one === 'soak' ? names.length : first.includes(one) ? first.indexOf(one) : first.length)

if (name === 'all' && options.some((option) => option !== '--quick')) {
  console.error('`all` takes no options but --quick: each measurement has its own.')
  process.exit(2)
}

const node = setup()
let running
let stopped = false
// A signal is the measurement's, which has databases and servers to undo; nothing begins after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopped = true
    running?.kill(signal)
  })
}

/** Answers how it ended: 0 is well. */
const run = (file, args = []) =>
  new Promise((resolve) => {
    running = spawn(node, [join(root, file), ...args], { stdio: 'inherit', cwd: root })
    running.once('error', () => resolve(1))
    running.once('exit', (code) => resolve(code ?? 1))
  })

process.exitCode = await run(join('scripts', 'check.mjs'), ['build'])
if (process.exitCode === 0 && name !== 'all') process.exitCode = await run(join('bench', `${name}.ts`), options)
if (process.exitCode === 0 && name === 'all') {
  const failed = []
  for (const one of names.toSorted((a, b) => place(a) - place(b))) {
    if (stopped) break
    console.log(`\n== ${one}`)
    if ((await run(join('bench', `${one}.ts`), options)) !== 0) failed.push(one)
  }
  if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}.`)
  process.exitCode = failed.length > 0 || stopped ? 1 : 0
}
