// npm run check | lint | format | build: the static tools, on the Node the repository carries.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './node24.mjs'
import { setup } from './setup.mjs'

const node = setup()
const tool = (path) => join(root, 'node_modules', path)
const tsc = tool('typescript/bin/tsc')
const biome = tool('@biomejs/biome/bin/biome')

const tasks = {
  types: () => run(tsc, '--noEmit', '-p', root),
  lint: (paths) => run(biome, 'check', '--error-on-warnings', ...paths),
  format: (paths) => run(biome, 'check', '--write', ...paths),
  build: () => {
    rmSync(join(root, 'packages/bede/dist'), { recursive: true, force: true })
    return run(tsc, '-p', join(root, 'packages/bede/tsconfig.build.json'))
  },
}

// Names of checks first, then, for lint and format, the paths to look at instead of everything.
const words = process.argv.slice(2)
const split = words.findIndex((word) => !Object.hasOwn(tasks, word))
const names = split < 0 ? words : words.slice(0, split)
const paths = split < 0 ? [root] : words.slice(split)
if (names.length === 0) {
  console.error(`Say which check to run: ${Object.keys(tasks).join(', ')}.`)
  process.exit(2)
}
const failed = names.filter((name) => tasks[name](paths) !== 0)
process.exitCode = failed.length > 0 ? 1 : 0

function run(...args) {
  return spawnSync(node, args, { cwd: process.env.INIT_CWD ?? root, stdio: 'inherit' }).status ?? 1
}
