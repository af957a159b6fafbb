#!/usr/bin/env node
// The command starts here, in plain JavaScript, so that an old Node answers with a sentence instead of a syntax error.
import { existsSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'

// A start makes much garbage and keeps little: while V8's young generation does not grow, it takes 12 MB less and no
// more time. Serving lets it grow again (cli/serve/young-generation.ts).
setFlagsFromString('--semi-space-growth-factor=1')

const REQUIRED = [22, 18]
const COULD_NOT_RUN = 3

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < REQUIRED[0] || (major === REQUIRED[0] && minor < REQUIRED[1])) {
  console.error(
    `bede needs Node ${REQUIRED.join('.')} or newer and this is ${process.versions.node}: install a current Node, then run the command again.`,
  )
  process.exitCode = COULD_NOT_RUN
} else {
  const source = new URL('../src/cli/main.ts', import.meta.url)
  const built = new URL('../dist/cli/main.js', import.meta.url)
  const fromSource = existsSync(source) && (process.env.BEDE_SOURCE === '1' || !existsSync(built))
  if (fromSource) await resolveBedeToSource()
  await import((fromSource ? source : built).href)
}

// The user's files import 'bede' and must get the very modules this process runs, not a second copy from dist.
async function resolveBedeToSource() {
  const condition = 'bede-source'
  if (!process.execArgv.some((argument) => argument.includes(condition))) {
    const { registerHooks } = await import('node:module')
    registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, condition] }),
    })
  }
  // Processes and workers started from here resolve it the same way.
  if (!process.env.NODE_OPTIONS?.includes(condition)) {
    process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --conditions=${condition}`.trim()
  }
}
