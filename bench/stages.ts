import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { blog, limit, operations } from './blog/contestants.ts'
import { world } from './blog/world.ts'
import { contest, typical } from './measure/contest.ts'
import { fitted, numbersFrom, usualRounds } from './measure/options.ts'
import { type Stages, stagesOf } from './measure/profile.ts'
import { publish } from './measure/results.ts'

/** Where a request's time in our process goes, stage by stage, from Node's own profile; beside it the limit's. */
const wanted = numbersFrom({ ...usualRounds, seconds: 5, minutes: 2 })

const stages: Stages = [
  ['idle', /:\(idle\)$/],
  ['garbage collection', /:\(garbage collector\)$/],
  ['authenticate', /\/identity\/|\/surface\/http\/request\/(?:authorization|caller)/],
  ['validate', /\/engine\/(?:input\/|complete)|typebox/],
  ['plan and bind', /\/dist\/(?:sql|plan)\//],
  ['driver', /\/dist\/store\/|node_modules\/pg/],
  ['read the request', /\/surface\/rest\/read-input|\/surface\/http\/(?:request|edge)\//],
  ['engine', /\/dist\/engine\//],
  [
    'write the response',
    /\/surface\/http\/(?:answer\/|trace)|fastify\/lib\/reply|_http_outgoing|\/surface\/rest\/outcome/,
  ],
  ['parse and route', /_http_server|_http_common|_http_incoming|find-my-way|fastify|\/surface\/|limit\/server/],
]
const rest: Stages = [['event loop and sockets', /./]]

const { url, articleIds, actor, machine, drop } = await world()
const rounds = { ...fitted(wanted, 2 * operations.length), rounds: 1 }
const rows: string[][] = []
const names = [...stages, ...rest].map(([name]) => name).filter((name) => name !== 'idle')
const data: Record<string, Record<string, number>> = {}
try {
  for (const operation of operations) {
    for (const which of ['Bede', 'limit']) {
      const folder = mkdtempSync(join(tmpdir(), 'bede-bench-stages-'))
      const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500']
      const served =
        which === 'Bede' ? await blog(url, articleIds, { nodeArgs }) : await limit(url, actor, articleIds, { nodeArgs })
      let stopped = false
      try {
        const samples = await contest([served], [operation], url, rounds)
        const { ours } = typical(samples.get(operation)?.get(served.name) ?? [])
        await served.stop()
        stopped = true
        const parts = stagesOf(folder, stages, rest, rounds.seconds, 0.2)
        const of = (name: string): number => (parts.get(name) ?? 0) * ours
        data[`${operation} ${which}`] = Object.fromEntries(names.map((name) => [name, of(name)]))
        rows.push([operation, which, ...names.map((name) => of(name).toFixed(1)), ours.toFixed(1)])
      } finally {
        if (!stopped) await served.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
  publish({
    name: 'stages',
    machine,
    data,
    parts: [
      `CPU µs of the process per request, ${rounds.connections} connections, with the profiler running, which itself costs a part.`,
      [['operation', 'server', ...names, 'all'], ...rows],
    ],
  })
} finally {
  await drop()
}
