// npm run scan [-- sqlmap wapiti ffuf --minutes 8 --publish]: lets scanners of others at the Conduit example.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './node24.mjs'
import { setup } from './setup.mjs'

const node = setup()
const run = spawnSync(node, ['--conditions=bede-source', join(root, 'test/scan/main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exitCode = run.status ?? 1
