import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../../manifest/manifest.ts'
import { writeMigration } from '../../sql/migration/file.ts'
import { announced, type Migration, readMigrations } from '../../sql/migration/folder.ts'
import { unacceptedLosses } from '../../sql/migration/losses.ts'
import { type MigrationPlan, planMigration } from '../../sql/migration/plan.ts'
import { type Counts, reportOf } from '../../sql/migration/report.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import { Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import { writing } from '../command/writing.ts'
import { countedIn } from './count.ts'

export interface Planned {
  readonly migration: string
  readonly folder: string
  readonly changes: readonly string[]
  readonly later: MigrationPlan['later']
  readonly losses: readonly { readonly loss: string; readonly says: string; readonly count?: number }[]
}

interface Wanted {
  readonly dir: string
  readonly manifest: Manifest
  readonly name: string | undefined
  readonly rows: number
  readonly url: string | undefined
  readonly folder: string
}

/**
 * Plans and writes one migration; undefined where there is nothing to do. Throws the Problem `impossible-migration` and
 * writes nothing where no migration can be made, and `unaccepted-loss` after it has written the folder in which a person
 * may accept what would be lost.
 */
export async function planFolder({ dir, manifest, name, rows, url, folder }: Wanted): Promise<Planned | undefined> {
  const known = readMigrations(dir)
  const last = known.at(-1)
  if (last) refuseUnaccepted(last, unacceptedLosses(last), [])
  const plan = planMigration(last?.manifest, last?.later ?? [], manifest, postgres)
  if (plan.refusals.length > 0) throw impossible(plan.refusals)
  if (plan.steps.length === 0 && plan.later.length === 0 && plan.sentences.length === 0) return undefined
  const counts = url === undefined ? undefined : await countedIn(url, plan, last, folder)
  refuseConditions(plan, counts)
  const id = `${timeAfter(last)}-${name ?? (last ? named(plan) : 'start')}`
  const steps = plan.steps.map(({ locks: _, ...step }, i) => ({ ...step, n: i + 1 }))
  const file = { steps, acceptedLosses: [], later: plan.later }
  const unaccepted = unacceptedLosses({ ...file, free: last ? announced(last) : [] })
  const up = writeMigration(file, [
    'What it means, for whoever approves it: plan.md. What may stand here: docs/reference/migrations.md',
  ])
  const report = reportOf(plan, { id, before: last?.id, rows, unaccepted, ...(counts && { counts }) })
  const place = join(dir, id)
  writing(place, () => {
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'up.sql'), up)
    writeFileSync(join(place, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    writeFileSync(join(place, 'plan.md'), report)
  })
  refuseUnaccepted({ id, folder: place }, unaccepted, plan.losses, counts)
  return {
    migration: id,
    folder: place,
    changes: plan.sentences.length > 0 ? plan.sentences : steps.map(({ title }) => title),
    later: plan.later,
    losses: plan.losses.map(({ loss, says }) => ({ loss, says, ...countOf(counts, loss) })),
  }
}

const countOf = (counts: Counts | undefined, loss: string) => {
  const count = counts?.losses.get(loss)
  return count === undefined ? {} : { count }
}

function refuseUnaccepted(
  { id, folder }: Pick<Migration, 'id' | 'folder'>,
  losses: readonly string[],
  said: MigrationPlan['losses'],
  counts?: Counts,
): void {
  if (losses.length === 0) return
  throw new Problem('unaccepted-loss', {
    message: `The migration ${id} would lose what nobody has given up.`,
    hint: `Nothing was changed in any database. Review ${join(folder, 'plan.md')}; what may go is accepted by its line in up.sql, and by nothing else. Otherwise mend the declaration, delete the folder and plan again.`,
    details: losses.map((loss): ProblemDetail => {
      const count = counts?.losses.get(loss)
      const says = said.find((one) => one.loss === loss)?.says ?? `${loss} and its values would be dropped.`
      return {
        place: loss,
        code: 'unaccepted-loss',
        message: `${says}${count === undefined ? '' : ` Counted: ${count}.`}`,
        hint: `If it only has a new name, declare it with \`was\`. If it may go, write into ${join(folder, 'up.sql')}: -- accept loss: ${loss}`,
      }
    }),
  })
}

const impossible = (details: readonly ProblemDetail[]): Problem =>
  new Problem('impossible-migration', {
    message: 'There are rows for which the declaration does not say enough. Nothing was written.',
    details,
  })

/** What neither a default nor a backfill mends, and no count has shown to be fine. */
function refuseConditions({ conditions }: MigrationPlan, counts: Counts | undefined): void {
  const details = conditions.flatMap(({ place, says, needed }): ProblemDetail[] => {
    const found = counts?.conditions.get(says)
    if (found === 0 || (found === undefined && !needed)) return []
    return [
      {
        place,
        code: 'impossible-migration',
        message: found === undefined ? `${says}.` : `${says}: ${found} in the database that was counted do not.`,
        hint:
          found === undefined
            ? 'Give it a default or a backfill, or count: bede migrate plan --database <url> plans it where no row is in the way.'
            : 'Change those rows first, or the declaration.',
      },
    ]
  })
  if (details.length > 0) throw impossible(details)
}

/** `20260102030405`: now, or the second after the last migration. */
function timeAfter(last: Migration | undefined): string {
  const now = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const before = last?.id.slice(0, 14)
  if (before === undefined || before < now) return now
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(before) ?? []
  const next = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second) + 1)
  return new Date(next).toISOString().replace(/\D/g, '').slice(0, 14)
}

const named = ({ sentences }: MigrationPlan): string => (sentences.length === 0 ? 'contract' : 'change')

/** The name of a migration. Throws a Problem `usage` for what cannot be part of a folder's name. */
export function wantedName(name: string | undefined): string | undefined {
  if (name === undefined || /^[a-z0-9][a-z0-9-]{0,99}$/.test(name)) return name
  throw new Problem('usage', {
    message: 'The name of a migration is made of lower case letters, digits and hyphens.',
    hint: 'bede migrate plan --name add-summary',
  })
}

export function wantedRows(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,14}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new Problem('usage', { message: '--rows is a whole number of rows.', hint: 'bede migrate plan --rows 5000000' })
}
