import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { temporaryDatabase } from './database.ts'
import { draw } from './measure/curve.ts'
import { machine } from './measure/machine.ts'
import { numbersFrom, quick } from './measure/options.ts'
import { publish } from './measure/results.ts'
import { serve } from './process.ts'
import { median } from './report.ts'
import { startVisitors } from './soak/visitors.ts'

/** Whether a server that is in use all the time stays as it is: its memory, its handles, the time of its answers. */
const rounds = numbersFrom({ minutes: quick ? 0.2 : 20, visitors: 8, every: 10, port: 3941 })

interface Sample {
  readonly minute: number
  readonly megabytes: number
  readonly handles: number
  readonly connections: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

/** How much the last third of the run may differ from the second before it is no longer the same. */
const allowed = { megabytes: 1.1, handles: 1.1, p50: 1.5 } as const

const names = {
  perSecond: 'requests per second',
  megabytes: 'memory of the server, MB',
  handles: 'open handles',
  connections: 'connections to the database',
  p50: 'p50, ms',
  p99: 'p99, ms',
} as const

const conduit = fileURLToPath(new URL('../examples/conduit/', import.meta.url))
const { url, drop } = await temporaryDatabase()
const client = new pg.Client({ connectionString: url })
await client.connect()
const number = async (sql: string): Promise<number> =>
  Number((await client.query<{ n: string }>(`select (${sql})::text as n`)).rows[0]?.n)
const server = await serve(['start', '--port', String(rounds.port)], {
  cwd: conduit,
  env: { DATABASE_URL: url },
  url: `http://127.0.0.1:${rounds.port}/health/ready`,
})
const visitors = await startVisitors(`http://127.0.0.1:${rounds.port}`, rounds.visitors)
const samples: Sample[] = []
let requests = 0
try {
  const begun = performance.now()
  // What begins to answer otherwise is another server than the one to be watched.
  while (performance.now() - begun < rounds.minutes * 60_000 && visitors.unexpected.size === 0) {
    const from = performance.now()
    await new Promise((resolve) => setTimeout(resolve, rounds.every * 1000))
    const taken = visitors.take()
    const seconds = (performance.now() - from) / 1000
    const times = [...taken.milliseconds].sort((a, b) => a - b)
    requests += taken.requests
    samples.push({
      minute: (performance.now() - begun) / 60_000,
      megabytes: resident(server.child.pid),
      handles: readdirSync(`/proc/${server.child.pid}/fd`).length,
      connections: await number('select count(*) from pg_stat_activity where datname = current_database()'),
      perSecond: taken.requests / seconds,
      p50: times[times.length >> 1] ?? 0,
      p99: times[Math.floor(times.length * 0.99)] ?? 0,
    })
    const last = samples.at(-1)
    console.error(
      `${last?.minute.toFixed(1)} min: ${last?.perSecond.toFixed(0)}/s, ${last?.megabytes.toFixed(0)} MB, ${last?.handles} handles, p99 ${last?.p99.toFixed(1)} ms`,
    )
  }
  await visitors.stop()
  const version = String(
    (await client.query<{ v: string }>("select current_setting('server_version') as v")).rows[0]?.v,
  )
  report(version)
} finally {
  await server.stop()
  await client.end()
  await drop()
}

function resident(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6
}

function report(postgres: string): void {
  const third = Math.floor(samples.length / 3)
  const parts = { first: samples.slice(0, third), second: samples.slice(third, -third), last: samples.slice(-third) }
  const of = (part: readonly Sample[], what: keyof Sample) => median(part.map((sample) => sample[what]))
  const kinds = ['perSecond', 'megabytes', 'handles', 'connections', 'p50', 'p99'] as const
  const grown = (Object.keys(allowed) as (keyof typeof allowed)[]).filter(
    (what) => of(parts.last, what) > of(parts.second, what) * allowed[what],
  )
  const unexpected = [...visitors.unexpected]
  for (const [file, title, y, what] of [
    ['soak-memory', 'Memory of the server in use', 'MB', 'megabytes'],
    ['soak-latency', 'The slowest answer in a hundred', 'ms', 'p99'],
    ['soak-handles', 'Open handles of the server', 'handles', 'handles'],
  ] as const) {
    const points = samples.map((sample) => [sample.minute, sample[what]] as const)
    draw({ file, title, x: 'minutes', y, scale: 'linear', lines: [{ name: 'bede start', points }] })
  }
  publish({
    name: 'soak',
    page: 'reliability',
    machine: machine(postgres),
    data: { requests, samples, unexpected },
    parts: [
      `${rounds.minutes} minutes, ${rounds.visitors} visitors, ${requests.toLocaleString('en')} requests; medians of the three thirds of the run.`,
      [
        ['', 'first third', 'second third', 'last third'],
        ...kinds.map((what) => [
          names[what],
          ...Object.values(parts).map((part) => of(part, what).toFixed(what === 'p50' || what === 'p99' ? 2 : 0)),
        ]),
      ],
      unexpected.length === 0
        ? 'Every answer had the status that it should have.'
        : `Unexpected: ${unexpected.map(([what, times]) => `${times} × ${what}`).join(', ')}.`,
      grown.length === 0
        ? 'Nothing has grown.'
        : `Grown from the second third to the last: ${grown.map((what) => names[what]).join(', ')}.`,
    ],
  })
  if (grown.length > 0 || unexpected.length > 0) process.exitCode = 1
}
