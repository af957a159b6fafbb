// npm run bench -- <name> [options]: builds, then runs bench/<name>.ts on the carried Node. What is measured is what users install.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './node24.mjs'
import { setup } from './setup.mjs'

const folder = join(root, 'bench')
// A measurement begins by saying what it measures; the other files are its parts.
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && /^(?:const|let) rounds/m.test(readFileSync(join(folder, file), 'utf8')))
  .map((file) => file.slice(0, -3))
const [name, ...options] = process.argv.slice(2)
if (name === undefined || !names.includes(name) || !existsSync(join(folder, `${name}.ts`))) {
  console.error(`Say which measurement: npm run bench -- ${names.join(' | ')}`)
  process.exit(2)
}

const node = setup()
const run = (file, args = []) =>
  spawnSync(node, [join(root, file), ...args], { stdio: 'inherit', cwd: root }).status ?? 1
const built = spawnSync(node, [join(root, 'scripts/check.mjs'), 'build'], { stdio: 'inherit', cwd: root }).status ?? 1
process.exitCode = built || run(join('bench', `${name}.ts`), options)
