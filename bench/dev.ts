import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answers, residentMegabytes, serve, stop } from './process.ts'
import { median, table } from './report.ts'

/**
 * What a developer waits for: `bede dev` of the Conduit example on a new embedded database, on one that is there, and
 * from saving a file to the first answer of the changed app.
 */
const rounds = 5
const port = 3918
const url = `http://127.0.0.1:${port}/api/tags`

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = mkdtempSync(join(here, '.generated-'))
cpSync(join(here, '../examples/conduit'), folder, {
  recursive: true,
  filter: (path) => !/node_modules|\.bede|test$/.test(path),
})

const added = `
export const added = route('GET /added/ROUND', { auth: 'optional', answers: () => ({ added: Tags.count() }) })
`

try {
  const fresh: number[] = []
  const existing: number[] = []
  const saved: number[] = []
  const memory: number[] = []
  for (let round = 0; round < rounds; round++) {
    rmSync(join(folder, '.bede'), { recursive: true, force: true })
    const first = await serve(['dev', '--port', String(port)], { cwd: folder, url })
    fresh.push(first.milliseconds)
    await stop(first.child)
    const second = await serve(['dev', '--port', String(port)], { cwd: folder, url })
    existing.push(second.milliseconds)
    memory.push(residentMegabytes(second.child))
    saved.push(await save(round))
    await stop(second.child)
  }
  const row = (name: string, values: readonly number[]) => [
    name,
    median(values).toFixed(0),
    Math.min(...values).toFixed(0),
    Math.max(...values).toFixed(0),
  ]
  console.log(
    table([
      ['bede dev, examples/conduit', 'median', 'lowest', 'highest'],
      row('new embedded database, to the first answer, ms', fresh),
      row('existing embedded database, to the first answer, ms', existing),
      row('from saving a file to its first answer, ms', saved),
      row('memory, embedded database included, MB', memory),
    ]),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Adds a route to the app and waits for it. */
async function save(round: number): Promise<number> {
  const file = join(folder, 'api/tags.ts')
  const begun = performance.now()
  writeFileSync(
    file,
    readFileSync(file, 'utf8') + added.replaceAll('added =', `added${round} =`).replace('ROUND', String(round)),
  )
  while (!(await answers(`http://127.0.0.1:${port}/added/${round}`))) {
    if (performance.now() - begun > 10_000) throw new Error('the change was not picked up')
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  return performance.now() - begun
}
