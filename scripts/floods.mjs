// npm run test:floods [-- --seconds 20 --connections 5000 --megabytes 300 --large-files --publish]: floods a server and looks whether it goes on.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './node24.mjs'
import { setup } from './setup.mjs'

const node = setup()
const run = spawnSync(node, ['--conditions=bede-source', join(root, 'test/floods/main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exitCode = run.status ?? 1
