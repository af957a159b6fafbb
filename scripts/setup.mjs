// Installs what package-lock.json names, when it is not what is in node_modules. Plain JavaScript for Node 20.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { node24, root } from './node24.mjs'

/** Makes node_modules match the lock file and answers the path of the Node to go on with. */
export function setup() {
  const missing = difference()
  if (missing) {
    console.log(`Installing dependencies: ${missing}.`)
    const code = npmCi()
    if (code !== 0) {
      console.error('npm ci failed; its message is above.')
      process.exit(code)
    }
  }
  try {
    return node24()
  } catch (error) {
    console.error(error.message)
    process.exit(3)
  }
}

/** Why node_modules is not what the lock file says, or undefined when it is. Compares contents: a checkout sets file times at will. */
function difference() {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return 'there is no node_modules yet'
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages
  for (const [path, { version, optional, link }] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue
    const found = installed[path]
    if (!found && !optional) return `${path} is missing`
    if (found && !link && found.version !== version)
      return `${path} is ${found.version} and the lock file says ${version}`
  }
  return undefined
}

function npmCi() {
  // Engines are checked by the carried Node, not by the one that happens to run npm: its warnings would be noise.
  const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const run =
    npm?.endsWith('.js') || npm?.endsWith('.cjs')
      ? spawnSync(process.execPath, [npm, ...options], { cwd: root, stdio: 'inherit' })
      : spawnSync('npm', options, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (run.error) console.error(run.error.message)
  return run.status ?? 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup()
