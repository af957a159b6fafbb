import { temporaryDatabase } from './database.ts'
import { watchBackends } from './measure/backends.ts'
import { machine } from './measure/machine.ts'
import { numbersFrom } from './measure/options.ts'
import { publish } from './measure/results.ts'
import type { Met } from './migrate/clients.ts'
import { migrateLive } from './migrate/run.ts'

/** What clients of two versions notice while the table that both use is migrated under them. */
const rounds = numbersFrom({ rows: 1_000_000, clients: 4, seconds: 10, port: 3950 })

const { url, drop } = await temporaryDatabase()
try {
  const migrated = await migrateLive({ ...rounds, database: url, say: (line) => console.error(line) })
  const watch = await watchBackends(url)
  const [[version] = []] = await watch.query("select current_setting('server_version')")
  await watch.close()
  const at = ({ times }: Met, part: number): string =>
    times.length === 0 ? '' : (times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0).toFixed(0)
  const count = ({ errors }: Met): number => [...errors.values()].reduce((sum, n) => sum + n, 0)
  const errors = migrated.reduce((sum, one) => sum + count(one.before) + count(one.after), 0)
  const stronger = migrated.flatMap(({ change, unannounced }) => unannounced.map((lock) => `${change}: ${lock}`))
  const wrong = migrated.filter(({ serves }) => !serves).map(({ change }) => change)
  publish({
    name: 'migrate',
    page: 'reliability',
    machine: machine(String(version)),
    data: migrated.map(({ before, after, ...one }) => ({
      ...one,
      before: { requests: before.requests, errors: [...before.errors], p99: at(before, 0.99), longest: at(before, 1) },
      after: { requests: after.requests, errors: [...after.errors], p99: at(after, 0.99), longest: at(after, 1) },
    })),
    parts: [
      `A table of ${rounds.rows.toLocaleString('en')} rows, ${rounds.clients} clients of each version.`,
      [
        [
          'migration',
          'took, s',
          'longest step',
          'requests, before',
          'errors',
          'p99, ms',
          'longest, ms',
          'requests, new',
          'errors',
        ],
        ...migrated.map(({ change, seconds, steps, before, after }) => {
          const longest = steps.toSorted((a, b) => b.seconds - a.seconds)[0]
          return [
            change,
            seconds.toFixed(1),
            longest ? `${longest.title.replaceAll('|', '/')} (${longest.seconds.toFixed(1)} s)` : '',
            before.requests.toLocaleString('en'),
            String(count(before)),
            at(before, 0.99),
            at(before, 1),
            after.requests.toLocaleString('en'),
            String(count(after)),
          ]
        }),
      ],
      errors === 0 ? 'No client of either version saw an error.' : `**${errors} errors.**`,
      stronger.length === 0
        ? 'No lock was stronger than `plan.md` had said.'
        : `Locks that \`plan.md\` had not said: ${stronger.join('; ')}.`,
      ...(wrong.length === 0 ? [] : [`\`plan.md\` said that the version before could not serve: ${wrong.join(', ')}.`]),
    ],
  })
  if (errors > 0 || stronger.length > 0) process.exitCode = 1
} finally {
  await drop()
}
