import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { temporaryDatabase } from './database.ts'
import { generateApp } from './generate.ts'
import { residentMegabytes, serve, stop } from './process.ts'
import { median, table } from './report.ts'

/**
 * What a large app costs at its start: 50 models, 500 operations, served in production on PostgreSQL.
 * `bede start` is timed from the start of its process to its first answer; the database is there already and has the
 * tables. Beside it, the same Node doing nothing, and the memory before the first request.
 */
const rounds = 7
const port = 3917

const folder = fileURLToPath(new URL('./.generated/', import.meta.url))

rmSync(folder, { recursive: true, force: true })
generateApp(folder, 50)

const database = await temporaryDatabase()
try {
  await once() // makes the tables
  const starts: number[] = []
  const memory: number[] = []
  const bare: number[] = []
  for (let round = 0; round < rounds; round++) {
    const measured = await once()
    starts.push(measured.milliseconds)
    memory.push(measured.megabytes)
    bare.push(await node())
  }
  const row = (name: string, values: readonly number[]) => [
    name,
    median(values).toFixed(0),
    Math.min(...values).toFixed(0),
    Math.max(...values).toFixed(0),
  ]
  console.log(
    table([
      ['50 models, 500 operations', 'median', 'lowest', 'highest'],
      row('Node alone, ms', bare),
      row('bede start to its first answer, ms', starts),
      row('memory before the first request, MB', memory),
    ]),
  )
} finally {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
}

async function once(): Promise<{ milliseconds: number; megabytes: number }> {
  const url = `http://127.0.0.1:${port}/health/live`
  const { child, milliseconds } = await serve(['start', '--port', String(port)], {
    cwd: folder,
    env: { DATABASE_URL: database.url },
    url,
  })
  const megabytes = residentMegabytes(child)
  await stop(child)
  return { milliseconds, megabytes }
}

async function node(): Promise<number> {
  const begun = performance.now()
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' })
  await new Promise((resolve) => child.once('exit', resolve))
  return performance.now() - begun
}
