import { mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { blog, operations, running } from './blog/contestants.ts'
import { type World, world } from './blog/world.ts'
import { temporaryDatabase } from './database.ts'
import { generateApp } from './generate.ts'
import { watchBackends } from './measure/backends.ts'
import { type Contestant, contest, type Sample, typical } from './measure/contest.ts'
import { draw } from './measure/curve.ts'
import { numbersFrom, usualRounds } from './measure/options.ts'
import { publish } from './measure/results.ts'
import { serve } from './process.ts'

/**
 * What stays flat while something grows: rows (1×, 10×, and 100× with `--factor 100`), models, connections, processes,
 * the page of a list, the depth of an answer.
 */
const rounds = numbersFrom({ ...usualRounds, rounds: 3, seconds: 2, factor: 10 })

const factors = [1, 10, 100].filter((factor) => factor <= rounds.factor)
const connections = [1, 2, 4, 8, 16, 32, 64]
const workers = [1, 2]
const depths = [1, 2, 3, 4]
const modelCounts = [5, 50]
const pageSize = 20
const farPage = 1_000

type Point = { readonly what: string; readonly operation: string; readonly at: number; readonly sample: Sample }
const points: Point[] = []

async function measure(
  what: string,
  at: number,
  contestant: Contestant,
  database: string,
  of = Object.keys(contestant.requests),
  how = rounds,
) {
  const samples = await contest([contestant], of, database, how)
  for (const [operation, by] of samples) {
    points.push({ what, operation, at, sample: typical(by.get(contestant.name) ?? []) })
  }
}

let machine: World['machine'] | undefined
for (const factor of factors) {
  const { url, articleIds, machine: here, drop } = await world(factor)
  machine ??= here
  const served = await blog(3951, url, articleIds)
  try {
    await measure('rows', factor, served, url, [...operations])
    const pages = await pageRequests(served)
    await measure('page', factor, { ...served, requests: pages }, url)
    if (factor !== 1) continue
    for (const count of connections) {
      await measure('connections', count, served, url, ['R1', 'R3', 'W1'], { ...rounds, connections: count })
    }
    for (const depth of depths) {
      const headers = served.requests.R2?.[0]?.headers ?? {}
      const requests = { depth: [{ method: 'GET' as const, path: `/depth/${depth}`, headers }] }
      await measure('depth', depth, { ...served, requests }, url)
    }
    await served.stop()
    for (const count of workers) {
      const several = await blog(3952, url, articleIds, { args: ['--workers', String(count)] })
      await measure('workers', count, several, url, ['R1', 'R3', 'W1']).finally(() => several.stop())
    }
  } finally {
    await served.stop()
    await drop()
  }
}
for (const count of modelCounts) await models(count)

/** The first page of a list, and the one that begins after 999 others. */
async function pageRequests({ port, requests }: Contestant): Promise<Contestant['requests']> {
  const headers = requests.R2?.[0]?.headers ?? {}
  const path = '/articles?sort=-createdAt'
  const most = 100
  let cursor = ''
  for (let passed = 0; passed < (farPage - 1) * pageSize; passed += most) {
    const response = await fetch(`http://127.0.0.1:${port}${path}&limit=${most}${cursor}`, { headers })
    cursor = `&cursor=${encodeURIComponent(String(JSON.parse(await response.text()).next))}`
  }
  const get = (rest: string) => [{ method: 'GET' as const, path: `${path}&limit=${pageSize}${rest}`, headers }]
  return { 'page 1': get(''), [`page ${farPage}`]: get(cursor) }
}

/** One row by id in an app of so many models with ten operations each. */
async function models(count: number): Promise<void> {
  const folder = mkdtempSync(fileURLToPath(new URL('./.generated-', import.meta.url)))
  const database = await temporaryDatabase()
  try {
    generateApp(folder, count)
    const port = 3953
    const served = await serve(['start', '--port', String(port)], {
      cwd: folder,
      env: { DATABASE_URL: database.url },
      url: `http://127.0.0.1:${port}/health/live`,
    })
    try {
      const { query, close } = await watchBackends(database.url)
      const [[id] = []] = await query(
        `insert into thing0 (id, title, status, amount, open, created_at, updated_at) values (gen_random_uuid(), 'one', 'published', 1, true, now(), now()) returning id`,
      )
      await close()
      const requests = { R1: [{ method: 'GET' as const, path: `/thing0/${id}` }] }
      await measure('models', count, running('Bede', port, served, requests), database.url)
    } finally {
      await served.stop()
    }
  } finally {
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  }
}

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
    of: ['page 1', `page ${farPage}`],
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
    of: ['R1', 'R3', 'W1'],
    figure: (s: Sample) => s.perSecond,
  },
  {
    what: 'workers',
    title: 'Processes',
    x: 'workers',
    y: 'requests/s',
    of: ['R1', 'R3', 'W1'],
    figure: (s: Sample) => s.perSecond,
  },
]
for (const { what, title, x, y, of, figure } of charts) {
  draw({ file: `growth-${what}`, title, x, y, lines: of.map((operation) => line(what, operation, figure)) })
}
publish({
  name: 'growth',
  machine: machine!,
  data: points,
  parts: [
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
