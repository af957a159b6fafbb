// npm run test:faults [-- --faults 200 --json]: breaks things under load and looks whether anything was lost.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './node24.mjs'
import { setup } from './setup.mjs'

const node = setup()
const run = spawnSync(node, ['--conditions=bede-source', join(root, 'test/faults/main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exitCode = run.status ?? 1
