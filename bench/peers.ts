import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { blog, limit, operations, type Running, rest, running } from './blog/contestants.ts'
import { graphql } from './blog/graphql.ts'
import { payload } from './blog/payload.ts'
import type { Protocol } from './blog/protocol.ts'
import { world } from './blog/world.ts'
import { contest, ratio, typical } from './measure/contest.ts'
import { fitted, numbersFrom, usualRounds } from './measure/options.ts'
import { publish } from './measure/results.ts'
import { sameAnswers } from './measure/same-answers.ts'
import { freePort, serveScript } from './process.ts'

/** Other backends beside Bede, on the same rows, with the same answers, in turn. */
const wanted = numbersFrom({ ...usualRounds, minutes: 6 })

const folder = fileURLToPath(new URL('./peers/', import.meta.url))
if (!existsSync(`${folder}node_modules`)) {
  console.error('The peers are not installed: npm ci --prefix bench/peers')
  process.exit(2)
}
const compiled = spawnSync(process.execPath, [`${folder}node_modules/typescript/bin/tsc`, '-p', `${folder}nest`], {
  stdio: 'inherit',
})
if (compiled.status !== 0) throw new Error('nest/ does not compile')

const { url, articleIds, actor, machine, drop } = await world()
/** What `npm ci --prefix bench/peers` has installed, as each server's script there sets it up. */
const peers: readonly (readonly [name: string, script: string, protocol: Protocol])[] = [
  ['Fastify + Drizzle', 'fastify-drizzle.js', rest],
  ['Express + Sequelize', 'express-sequelize.js', rest],
  ['NestJS + TypeORM', '.built/nest/main.js', rest],
  ['PostGraphile', 'postgraphile.js', graphql],
  ['Payload', 'payload.js', payload],
]

async function begin(name: string, script: string, { alive, requests }: Protocol): Promise<Running> {
  const port = await freePort()
  const served = await serveScript(`${folder}${script}`, [String(port), url, actor], {
    cwd: folder,
    env: { NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
    url: `http://127.0.0.1:${port}${alive}`,
    ready: (status) => status < 500,
  })
  return running(name, port, served, requests(articleIds))
}

const contestants: Running[] = []
const failed: string[] = []
try {
  contestants.push(await blog(url, articleIds))
  contestants.push(await limit(url, actor, articleIds))
  for (const [name, script, protocol] of peers) {
    try {
      const peer = await begin(name, script, protocol)
      contestants.push(peer)
      await sameAnswers([contestants[0]!, peer], operations, (of, operation, json) =>
        of === name ? protocol.content(json, operation) : json,
      )
    } catch (error) {
      const started = contestants.findIndex((contestant) => contestant.name === name)
      for (const peer of started < 0 ? [] : contestants.splice(started, 1)) await peer.stop()
      failed.push(`${name}: ${String(error).slice(0, 300)}`)
    }
  }
  for (const words of failed) console.error(`not measured: ${words}`)
  const rounds = fitted(wanted, contestants.length * operations.length)
  const samples = await contest(contestants, operations, url, rounds)
  publish({
    name: 'peers',
    machine,
    data: Object.fromEntries([...samples].map(([operation, of]) => [operation, Object.fromEntries(of)])),
    parts: [
      `${rounds.connections} connections, ${rounds.rounds} rounds of ${rounds.seconds} s, medians. Only Bede checks a session and policies here.`,
      [
        [
          'operation',
          'backend',
          'requests/s',
          'of Bede',
          'CPU µs, backend',
          'CPU µs, PostgreSQL',
          'p50 ms',
          'p99 ms',
          'memory MB',
        ],
        ...operations.flatMap((operation) =>
          contestants.flatMap(({ name }) => {
            const own = samples.get(operation)?.get(name) ?? []
            if (own.length === 0) return []
            const { perSecond, ours, database, p50, p99, megabytes } = typical(own)
            return [
              [
                operation,
                name,
                perSecond.toFixed(0),
                ratio(own, samples.get(operation)?.get('Bede') ?? [], 'perSecond').toFixed(2),
                ours.toFixed(0),
                database.toFixed(0),
                p50.toFixed(2),
                p99.toFixed(2),
                megabytes.toFixed(0),
              ],
            ]
          }),
        ),
      ],
      ...(failed.length > 0 ? [`Not measured: ${failed.map((words) => words.split(':', 1)[0]).join(', ')}.`] : []),
    ],
  })
} finally {
  await Promise.all(contestants.map((contestant) => contestant.stop()))
  await drop()
}
