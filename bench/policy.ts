import { blog, operations, type Running } from './blog/contestants.ts'
import { world } from './blog/world.ts'
import { contest, ratio, type Samples, typical } from './measure/contest.ts'
import { fitted, numbersFrom, usualRounds } from './measure/options.ts'
import { publish } from './measure/results.ts'
import { sameAnswers } from './measure/same-answers.ts'

/**
 * What policies cost: the same app with none, with a blog's own, and with read policies of articles that reach through
 * one, two and three relations and into a list; the last also without the indexes that Bede derives from the refs.
 */
const wanted = numbersFrom(usualRounds)

const said: Readonly<Record<string, string>> = {
  none: 'no policy (everybody reads everything)',
  own: 'published or mine; comments not hidden; authors not suspended',
  one: '… and the author (one relation)',
  two: "… the author's team (two)",
  three: "… the team's company (three)",
  members: "… a member of the author's team (two, then a list)",
}
const bare = "the same, without the list's indexes"

const { url, articleIds, machine, query, drop } = await world()
const contestants: Running[] = []
try {
  for (const variant of Object.keys(said)) {
    contestants.push(await blog(url, articleIds, { name: variant, env: { BEDE_BENCH_POLICY: variant } }))
  }
  const last = contestants.filter(({ name }) => name === 'members' || name === 'none')
  const reads = operations.filter((operation) => operation !== 'W1')
  await sameAnswers(contestants, operations)
  const rounds = fitted(wanted, contestants.length * operations.length + last.length * reads.length)
  const indexed = await contest(contestants, operations, url, rounds)
  await query('drop index member_team_id_idx; drop index member_user_id_idx')
  const unindexed = await contest(last, reads, url, { ...rounds, rounds: Math.min(2, rounds.rounds) })
  const line = (samples: Samples, operation: string, name: string, words: string): string[] => {
    const own = samples.get(operation)?.get(name) ?? []
    const none = samples.get(operation)?.get('none') ?? []
    const { perSecond, ours, database, p99 } = typical(own)
    return [
      operation,
      words,
      perSecond.toFixed(0),
      ratio(own, none, 'perSecond').toFixed(2),
      ours.toFixed(1),
      database.toFixed(1),
      p99.toFixed(2),
    ]
  }
  publish({
    name: 'policy',
    machine,
    data: { indexed: plain(indexed), unindexed: plain(unindexed) },
    parts: [
      `${rounds.connections} connections, ${rounds.rounds} rounds of ${rounds.seconds} s, medians.`,
      [
        ['operation', 'who may read', 'requests/s', 'of no policy', 'CPU µs, Bede', 'CPU µs, PostgreSQL', 'p99 ms'],
        ...operations.flatMap((operation) => [
          ...Object.entries(said).map(([name, words]) => line(indexed, operation, name, words)),
          ...(operation === 'W1' ? [] : [line(unindexed, operation, 'members', bare)]),
        ]),
      ],
    ],
  })
} finally {
  await Promise.all(contestants.map((contestant) => contestant.stop()))
  await drop()
}

function plain(samples: Samples): object {
  return Object.fromEntries([...samples].map(([operation, of]) => [operation, Object.fromEntries(of)]))
}
