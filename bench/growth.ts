import { mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { blog, operations, type Running, running } from './blog/contestants.ts'
import { type World, world } from './blog/world.ts'
import { atEnd } from './cleanup.ts'
import { temporaryDatabase } from './database.ts'
import { generateApp } from './generate.ts'
import { watchBackends } from './measure/backends.ts'
import { type Contestant, contest, type Rounds, type Sample, typical } from './measure/contest.ts'
import { draw } from './measure/curve.ts'
import { fitted, numbersFrom, quick, usualRounds } from './measure/options.ts'
import { publish } from './measure/results.ts'
import { freePort, serve } from './process.ts'

/**
 * What stays flat while something grows: rows (1× and 10×, and up to `--factor`), models, connections, processes, the
 * page of a list, the depth of an answer.
 */
const wanted = numbersFrom({ ...usualRounds, seconds: 1.2, warm: 0.5, minutes: 8, factor: 10 })

const factors = quick ? [0.1, 0.4] : [1, ...new Set([Math.min(10, wanted.factor), wanted.factor])]
const connections = [1, 2, 4, 8, 16, 32, 64]
const workers = [1, 2]
const depths = [1, 2, 3, 4]
const modelCounts = [5, 50]
const pageSize = 20
const farPage = quick ? 200 : 1_000
const some = ['R1', 'R3', 'W1'] as const
const pages = ['page 1', `page ${farPage}`] as const
/** What is measured in a round: rows and pages for each factor, the rest on the first one. */
const samplesARound =
  factors.length * (operations.length + pages.length) +
  some.length * (connections.length + workers.length) +
  depths.length +
  modelCounts.length

type Point = { readonly what: string; readonly operation: string; readonly at: number; readonly sample: Sample }
const points: Point[] = []

/** Every value of what grows, in turn within each round. */
async function measure(
  what: string,
  of: readonly string[],
  grown: readonly (readonly [at: number, contestant: Contestant])[],
  how: Rounds,
): Promise<void> {
  const named = grown.map(([at, contestant]) => ({ ...contestant, name: String(at) }))
  const samples = await contest(named, of, smallest.url, how)
  for (const operation of of) {
    for (const [at] of grown) {
      points.push({ what, operation, at, sample: typical(samples.get(operation)?.get(String(at)) ?? []) })
    }
  }
}

const worlds: (readonly [factor: number, World])[] = []
for (const factor of factors) {
  const begun = performance.now()
  worlds.push([factor, await world(factor)])
  console.error(`${factor}× the rows: made in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
}
const smallest = worlds[0]![1]

const sized: (readonly [factor: number, Running])[] = []
for (const [factor, { url, articleIds }] of worlds) {
  sized.push([factor, { ...(await blog(url, articleIds)), database: url }])
}
const one = sized[0]![1]
const headers = one.requests.R2?.[0]?.headers ?? {}

try {
  const paged: (readonly [number, Contestant])[] = []
  for (const [factor, served] of sized) paged.push([factor, { ...served, requests: await pageRequests(served) }])
  const rounds = fitted(wanted, samplesARound)
  await measure('rows', operations, sized, rounds)
  await measure('page', pages, paged, rounds)
  for (const [, served] of sized.slice(1)) await served.stop()
  for (const [factor, { drop }] of worlds) if (factor !== factors[0]) await drop()
  for (const count of connections) await measure('connections', some, [[count, one]], { ...rounds, connections: count })
  const get = (path: string) => [{ method: 'GET' as const, path, headers }]
  const levels = depths.map((depth) => [depth, { ...one, requests: { depth: get(`/depth/${depth}`) } }] as const)
  await measure('depth', ['depth'], levels, rounds)
  await one.stop()
  const several: (readonly [number, Running])[] = []
  for (const count of workers) {
    const args = ['--workers', String(count)]
    several.push([count, await blog(smallest.url, smallest.articleIds, { args })])
  }
  await measure('workers', some, several, rounds)
  for (const [, served] of several) await served.stop()
  const apps: (readonly [number, Running])[] = []
  for (const count of modelCounts) apps.push([count, await appOf(count)])
  await measure('models', ['R1'], apps, rounds)
  for (const [, served] of apps) await served.stop()
  report(rounds)
} finally {
  for (const [, served] of sized) await served.stop()
  for (const [, { drop }] of worlds) await drop()
}

/** The first page of a list, and the one that begins after 999 others. */
async function pageRequests({ port, requests }: Contestant): Promise<Contestant['requests']> {
  const headers = requests.R2?.[0]?.headers ?? {}
  const path = '/articles?sort=-createdAt'
  const most = 100
  let cursor = ''
  for (let passed = 0; passed < (farPage - 1) * pageSize; passed += most) {
    const response = await fetch(`http://127.0.0.1:${port}${path}&limit=${most}${cursor}`, { headers })
    const { next } = JSON.parse(await response.text())
    if (typeof next !== 'string') throw new Error(`${path} ends after ${passed + most} rows`)
    cursor = `&cursor=${encodeURIComponent(next)}`
  }
  const get = (rest: string) => [{ method: 'GET' as const, path: `${path}&limit=${pageSize}${rest}`, headers }]
  return { [pages[0]]: get(''), [pages[1]]: get(cursor) }
}

/** One row by id in an app of so many models with ten operations each. */
async function appOf(count: number): Promise<Running> {
  const folder = mkdtempSync(fileURLToPath(new URL('./.generated-', import.meta.url)))
  const remove = atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const database = await temporaryDatabase()
  generateApp(folder, count)
  const port = await freePort()
  const served = await serve(['start', '--port', String(port)], {
    cwd: folder,
    env: { DATABASE_URL: database.url },
    url: `http://127.0.0.1:${port}/health/live`,
  })
  const { query, close } = await watchBackends(database.url)
  const [[id] = []] = await query(
    `insert into thing0 (id, title, status, amount, open, created_at, updated_at) values (gen_random_uuid(), 'one', 'published', 1, true, now(), now()) returning id`,
  )
  await close()
  const app = running('Bede', port, served, { R1: [{ method: 'GET', path: `/thing0/${id}` }] })
  const stop = async (): Promise<void> => {
    await app.stop()
    await database.drop()
    await remove()
  }
  return { ...app, database: database.url, stop }
}

function report(rounds: Rounds): void {
  const line = (what: string, operation: string, figure: (sample: Sample) => number) => ({
    name: operation,
    points: points
      .filter((point) => point.what === what && point.operation === operation)
      .map(({ at, sample }) => [at, figure(sample)] as const),
  })
  const cost = ({ ours, database }: Sample): number => ours + database
  const micros = 'CPU µs per request, Bede and PostgreSQL'
  const charts = [
    {
      what: 'rows',
      title: 'Rows: 50,000 articles and more',
      x: 'times the rows',
      y: micros,
      of: operations,
      figure: cost,
    },
    {
      what: 'page',
      title: 'The page of a list',
      x: 'times the rows',
      y: micros,
      of: pages,
      figure: cost,
    },
    { what: 'models', title: 'Models of the app', x: 'models', y: micros, of: ['R1'], figure: cost },
    {
      what: 'depth',
      title: 'Depth of the answer: 20 rows, relation in relation',
      x: 'levels',
      y: micros,
      of: ['depth'],
      figure: cost,
    },
    {
      what: 'connections',
      title: 'Connections',
      x: 'connections',
      y: 'requests/s',
      of: some,
      figure: (s: Sample) => s.perSecond,
    },
    {
      what: 'workers',
      title: 'Processes',
      x: 'workers',
      y: 'requests/s',
      of: some,
      figure: (s: Sample) => s.perSecond,
    },
  ]
  for (const { what, title, x, y, of, figure } of charts) {
    draw({ file: `growth-${what}`, title, x, y, lines: of.map((operation) => line(what, operation, figure)) })
  }
  publish({
    name: 'growth',
    machine: smallest.machine,
    data: points,
    parts: [
      `${rounds.connections} connections where nothing else is said, ${rounds.rounds} rounds of ${rounds.seconds} s, medians.`,
      charts.map(({ what, title }) => `![${title}](growth-${what}.svg)`).join('\n'),
      [
        [
          'what grows',
          'at',
          'operation',
          'requests/s',
          'CPU µs, Bede',
          'CPU µs, PostgreSQL',
          'p50 ms',
          'p99 ms',
          'memory MB',
        ],
        ...points.map(({ what, at, operation, sample }) => [
          what,
          String(at),
          operation,
          sample.perSecond.toFixed(0),
          sample.ours.toFixed(1),
          sample.database.toFixed(1),
          sample.p50.toFixed(2),
          sample.p99.toFixed(2),
          sample.megabytes.toFixed(0),
        ]),
      ],
    ],
  })
}
