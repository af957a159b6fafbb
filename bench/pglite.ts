import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { blog, operations } from './blog/contestants.ts'
import { seed } from './blog/seed.ts'
import { atEnd } from './cleanup.ts'
import { temporaryDatabase } from './database.ts'
import { contest, typical } from './measure/contest.ts'
import { machine } from './measure/machine.ts'
import { fitted, numbersFrom, quick, usualRounds } from './measure/options.ts'
import { residentMemory } from './measure/processor.ts'
import { publish } from './measure/results.ts'

/** The four operations on the embedded database, alone and from 32 at once; its start cold and warm, and its memory. */
const wanted = numbersFrom({ ...usualRounds, minutes: 3 })

const data = mkdtempSync(join(tmpdir(), 'bede-bench-pglite-'))
const remove = atEnd(() => rmSync(data, { recursive: true, force: true }))
// The frame watches a server's processes; there are none here, so it is given an empty database to watch.
const nobody = await temporaryDatabase()

const start = async (articleIds: readonly string[]) => {
  const begun = performance.now()
  const served = await blog('', articleIds, { args: ['--embedded', '--data', data] })
  return { served, milliseconds: performance.now() - begun, megabytes: residentMemory(served.pid) }
}

try {
  const cold = await start([])
  await cold.served.stop()
  const db = await PGlite.create({ dataDir: join(data, 'data'), username: 'postgres' })
  const { articleIds } = await seed({ query: async (sql, params) => db.query(sql, params) }, quick ? 0.1 : 1)
  const version = String((await db.query<{ v: string }>(`select current_setting('server_version') as v`)).rows[0]?.v)
  await db.close()
  const warm = await start([])
  await warm.served.stop()
  const { served } = await start(articleIds)
  const rounds = fitted(wanted, 2 * operations.length)
  try {
    const [one, many] = [1, rounds.connections]
    const alone = await contest([served], operations, nobody.url, { ...rounds, connections: one })
    const crowd = await contest([served], operations, nobody.url, { ...rounds, connections: many })
    publish({
      name: 'pglite',
      machine: machine(`${version} (PGlite)`),
      data: { cold: cold.milliseconds, warm: warm.milliseconds, alone: [...alone], crowd: [...crowd] },
      parts: [
        `${rounds.rounds} rounds of ${rounds.seconds} s, medians.`,
        [
          ['start', 'ms to the first answer', 'memory MB'],
          ['cold: a new database', cold.milliseconds.toFixed(0), cold.megabytes.toFixed(0)],
          ['warm: the rows are there', warm.milliseconds.toFixed(0), warm.megabytes.toFixed(0)],
        ],
        [
          [
            'operation',
            `requests/s, 1 connection`,
            'p50 ms',
            `requests/s, ${many} connections`,
            'p50 ms',
            'p99 ms',
            'CPU µs',
            'memory MB',
          ],
          ...operations.map((operation) => {
            const [single, several] = [alone, crowd].map((samples) =>
              typical(samples.get(operation)?.get('Bede') ?? []),
            )
            return [
              operation,
              single!.perSecond.toFixed(0),
              single!.p50.toFixed(2),
              several!.perSecond.toFixed(0),
              several!.p50.toFixed(2),
              several!.p99.toFixed(2),
              several!.ours.toFixed(0),
              several!.megabytes.toFixed(0),
            ]
          }),
        ],
      ],
    })
  } finally {
    await served.stop()
  }
} finally {
  await nobody.drop()
  await remove()
}
