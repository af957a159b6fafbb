import { type Contraction, columnOf, isComputed } from './contraction.ts'
import type { Lock, Work } from './draft.ts'
import type { MigrationPlan } from './plan.ts'

/** What a database has said about the rows there are. */
export interface Counts {
  /** Rows of each table, as a lock names it. */
  readonly rows: ReadonlyMap<string, number>
  /** Values or rows that each loss would take. */
  readonly losses: ReadonlyMap<string, number>
  /** Rows that stand in the way of each condition, by its `says`. */
  readonly conditions: ReadonlyMap<string, number>
}

export interface ReportOptions {
  readonly id: string
  /** The migration before this one; none: this is the first. */
  readonly before: string | undefined
  /** Rows that a table is taken to have where no database was counted. */
  readonly rows: number
  readonly counts?: Counts
  readonly unaccepted: readonly string[]
}

/**
 * Microseconds for each row of 1 KB, measured on PostgreSQL 15 with 200,000 rows in memory on two shared cores: validating
 * a check 2.5, a foreign key 2.2, building an index 5, filling in batches of 5,000 160, rewriting a table 30. With 50,000
 * rows on busy cores: taking words in batches 600, indexing words 450, the trigrams of a title 70 and of a whole text 1,450.
 */
export const microsecondsPerRow: Readonly<Record<Work, number>> = {
  none: 0,
  scan: 2.5,
  reference: 2.2,
  index: 5,
  write: 160,
  rewrite: 30,
  words: 600,
  pieces: 450,
}

const MICROSECONDS = 1_000_000
const MINUTE = 60
const HOUR = 3600

/** `about 3 s`, `under 1 s` */
export function durationInWords(work: Work, rows: number): string {
  if (work === 'none') return 'a moment'
  const seconds = (microsecondsPerRow[work] * rows) / MICROSECONDS
  if (seconds < 1) return 'under 1 s'
  if (seconds < 2 * MINUTE) return `about ${Math.round(seconds)} s`
  return seconds < 2 * HOUR ? `about ${Math.round(seconds / MINUTE)} min` : `about ${Math.round(seconds / HOUR)} h`
}

const blocked: Readonly<Record<Lock['mode'], string>> = {
  'ACCESS EXCLUSIVE': 'reads and writes',
  'SHARE ROW EXCLUSIVE': 'writes',
  'SHARE UPDATE EXCLUSIVE': 'nothing',
  'ROW EXCLUSIVE': 'writes to the rows of one batch',
  none: 'nothing',
}

/** `plan.md`: for the person who approves the migration. */
export function reportOf(plan: MigrationPlan, options: ReportOptions): string {
  const sections = [
    `# ${options.id}`,
    options.before === undefined ? 'The first migration: it creates everything.' : `Follows ${options.before}.`,
    ...section('What changes', list([...plan.sentences, ...plan.contracted.map(sayContraction)])),
    ...section('What would be lost', lossesOf(plan, options)),
    ...section('What must hold of the rows there are', conditionsOf(plan, options)),
    ...section('While the version before still serves', meetingsOf(plan, options)),
    ...section('Steps and locks', locksOf(plan, options)),
    ...section('Left for the next migration', laterOf(plan)),
  ]
  return `${sections.join('\n\n')}\n`
}

const section = (title: string, lines: string): readonly string[] => (lines === '' ? [] : [`## ${title}`, lines])
const list = (lines: readonly string[]): string => [...new Set(lines)].map((line) => `- ${line}`).join('\n')

function lossesOf({ losses }: MigrationPlan, { counts, unaccepted }: ReportOptions): string {
  if (losses.length === 0) return 'Nothing.'
  const lines = losses.map(({ loss, says }) => {
    const count = counts?.losses.get(loss)
    return `${says}${count === undefined ? '' : ` In the database that was counted: ${count}.`}`
  })
  const accepting = unaccepted.map((loss) => `-- accept loss: ${loss}`)
  const way =
    accepting.length === 0
      ? ''
      : `\n\nThis is refused. If a field only has another name, declare it with \`was\`, delete this folder and plan again. If it may go, write into \`up.sql\`, by hand:\n\n\`\`\`text\n${accepting.join('\n')}\n\`\`\``
  return list(lines) + way
}

const conditionsOf = ({ conditions }: MigrationPlan, { counts }: ReportOptions): string =>
  list(
    conditions.map(({ says, count }) => {
      const found = counts?.conditions.get(says)
      const counted =
        found === undefined
          ? `Count what does not: \`${count}\``
          : found === 0
            ? 'In the database that was counted it does.'
            : `In the database that was counted, ${found} do not: the migration fails there, and changes nothing that is not said above.`
      return `${says[0]?.toUpperCase()}${says.slice(1)}. ${counted}`
    }),
  )

function meetingsOf({ meetings, contracted }: MigrationPlan, { before }: ReportOptions): string {
  const gone = contracted.length > 0
  if (before === undefined) return 'There is no version before.'
  const no = meetings.some(({ serves }) => !serves)
  const verdict = no
    ? '**No**: stop the version before while this is applied, or change the declaration as said below.'
    : gone
      ? `**Yes, if that is the version of ${before}.** Versions older than that must have stopped: what was left for them goes.`
      : '**Yes.** Apply it, then start the new version, then stop the one before.'
  return [verdict, list(meetings.map(({ says }) => says))].filter((text) => text !== '').join('\n\n')
}

function locksOf({ steps }: MigrationPlan, { rows, counts }: ReportOptions): string {
  if (steps.length === 0) return 'None: no table is touched, only what is recorded of them.'
  const head = '| step | lock | on | keeps waiting | rows | for |\n|---|---|---|---|---|---|'
  const lines = steps.flatMap(({ title, locks }, i) => {
    const name = `${i + 1}. ${title}`
    if (locks.length === 0) return [`| ${cell(name)} | none on what is there | | nothing | | a moment |`]
    return locks.map(({ table, mode, work }) => {
      const known = counts?.rows.get(table)
      const size =
        work === 'none' ? '' : `${(known ?? rows).toLocaleString('en-US')}${known === undefined ? ' assumed' : ''}`
      return `| ${cell(name)} | ${mode} | ${cell(table)} | ${blocked[mode]} | ${size} | ${durationInWords(work, known ?? rows)} |`
    })
  })
  const how =
    'Every lock is waited for briefly and asked for again. The times are rows × a cost per row, measured on PostgreSQL 15 with rows of 1 KB in memory on two shared cores (validate 2.5 µs, foreign key 2.2 µs, index 5 µs, fill 160 µs, rewrite 30 µs; on busy cores: take words 600 µs, index what is in values 450 µs): orders of magnitude, not promises. `bede migrate rehearse` measures.'
  return `${[head, ...lines].join('\n')}\n\n${how}`
}

/** A name from the declaration must not end a table's cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function laterOf({ later }: MigrationPlan): string {
  const left = later.filter(({ drop }) => drop !== 'parts')
  return left.length === 0
    ? ''
    : `${list(left.map(sayContraction))}\n\nThe next \`bede migrate plan\` plans it. Apply that one when no process of the version before serves any more.`
}

function sayContraction(contraction: Contraction): string {
  switch (contraction.drop) {
    case 'column':
      return contraction.column.search
        ? `The column ${columnOf(contraction)} is dropped; its words are in the texts they were taken from.`
        : isComputed(contraction.column)
          ? `The column ${columnOf(contraction)} is dropped; its values are made of others of the row.`
          : contraction.copied === undefined
            ? `The column ${columnOf(contraction)} is dropped, with its values${contraction.files ? '; the next sweep after that removes its files' : ''}.`
            : `The column ${columnOf(contraction)} is dropped; its values are in ${contraction.copied}.`
    case 'table':
      return `The table ${contraction.table.table} is dropped, with all rows${contraction.files ? '; the next sweep after that removes their files' : ''}.`
    case 'name':
      return `Files of ${contraction.model} are recorded as those of ${contraction.now}.`
    case 'view':
      return `The view ${contraction.table}, which stands for ${contraction.of}, is dropped.`
    case 'filling':
      return `The trigger that fills ${contraction.table}.${contraction.column} for the version before is dropped.`
    case 'index':
      return `The index ${contraction.index} is dropped.`
    case 'parts':
      return `Parts of ${contraction.table} before the last ${contraction.keep} are dropped by the new version itself, when it serves.`
    case 'choices':
      return contraction.gone?.length === 0
        ? `Rows of ${contraction.table} whose ${contraction.column} has the earlier name of a choice get the new one, and only the choices of today are held.`
        : `Rows of ${contraction.table} whose ${contraction.column} is no longer a choice get another value, and only the choices of today are held.`
  }
}
