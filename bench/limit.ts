import { blog, limit, operations } from './blog/contestants.ts'
import { world } from './blog/world.ts'
import { contest, ratio, typical } from './measure/contest.ts'
import { fitted, numbersFrom, usualRounds } from './measure/options.ts'
import { publish } from './measure/results.ts'
import { sameAnswers } from './measure/same-answers.ts'

/**
 * How far Bede, with policies, validation and a session, is from a server written by hand that does nothing but the
 * work: four operations, both on the same rows, in turn.
 */
const wanted = numbersFrom(usualRounds)

/** The part of the limit's requests per second that is asked for. */
const targets: Readonly<Record<string, number>> = { R1: 0.75, R2: 0.9, R3: 0.95, W1: 0.8 }

const { url, articleIds, actor, machine, drop } = await world()
const contestants = [
  await blog(url, articleIds),
  await limit(url, actor, articleIds),
  await limit(url, actor, articleIds, { name: 'limit, pool of 10', mode: 'pool', connections: 10 }),
]
const rounds = fitted(wanted, contestants.length * operations.length)
try {
  await sameAnswers(contestants, operations)
  const samples = await contest(contestants, operations, url, rounds)
  const rows = operations.flatMap((operation) => {
    const of = samples.get(operation)
    const ceiling = of?.get('limit') ?? []
    return contestants.map(({ name }) => {
      const own = of?.get(name) ?? []
      const { perSecond, ours, database, p50, p99, megabytes } = typical(own)
      return [
        operation,
        name,
        perSecond.toFixed(0),
        `${ratio(own, ceiling, 'perSecond').toFixed(2)}${name === 'Bede' ? ` (target ${targets[operation]})` : ''}`,
        ours.toFixed(1),
        database.toFixed(1),
        p50.toFixed(2),
        p99.toFixed(2),
        ratio(own, ceiling, 'p99').toFixed(2),
        megabytes.toFixed(0),
      ]
    })
  })
  publish({
    name: 'limit',
    machine,
    data: Object.fromEntries([...samples].map(([operation, of]) => [operation, Object.fromEntries(of)])),
    parts: [
      `${rounds.connections} connections, ${rounds.rounds} rounds of ${rounds.seconds} s, medians.`,
      [
        [
          'operation',
          'server',
          'requests/s',
          'of the limit',
          'CPU µs, server',
          'CPU µs, PostgreSQL',
          'p50 ms',
          'p99 ms',
          'p99 to the limit',
          'memory MB',
        ],
        ...rows,
      ],
    ],
  })
} finally {
  await Promise.all(contestants.map((contestant) => contestant.stop()))
  await drop()
}
