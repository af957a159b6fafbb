// npm test: installs if needed, then hands over to the Node the repository carries. Plain JavaScript for Node 20.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './node24.mjs'
import { setup } from './setup.mjs'

const node = setup()
const run = spawnSync(node, [join(root, 'scripts', 'test', 'main.mjs'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exitCode = run.status ?? 1
