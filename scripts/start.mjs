// npm start: installs if needed, then runs the conduit example on the embedded database, from the sources.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './node24.mjs'
import { setup } from './setup.mjs'

const node = setup()
const example = join(root, 'examples', 'conduit')
if (!existsSync(example)) {
  console.error('examples/conduit is not in this checkout: there is nothing to start.')
  process.exit(3)
}

const command = [join(root, 'packages', 'bede', 'bin', 'bede.js'), 'dev', ...process.argv.slice(2)]
const child = spawn(node, command, {
  cwd: example,
  stdio: 'inherit',
  env: { ...process.env, BEDE_SOURCE: '1' },
})
// A terminal sends its signal to the child as well; a supervisor sends it only here. The child decides when to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
})
