import { Problem } from '../../telemetry/problem.ts'
import { type Contraction, readContraction } from './contraction.ts'
import { linesInside } from './statements.ts'

/**
 * How a step runs. `together`: consecutive such steps share one transaction. `alone`: outside a transaction, statement by
 * statement (see `statementsOf`); each can be repeated. `batches`: one statement with a `returning`, repeated, each time
 * in a transaction of its own, until it returns no row; the first column says how many rows it has written.
 */
export type MigrationRun = 'together' | 'alone' | 'batches'

/** `expand` makes room beside what is there, `backfill` fills it, `constrain` holds it, `contract` takes away what nobody uses any more. */
export type MigrationPhase = 'expand' | 'backfill' | 'constrain' | 'contract'

export interface MigrationStep {
  /** From 1. */
  readonly n: number
  readonly title: string
  readonly run: MigrationRun
  readonly phase: MigrationPhase
  readonly sql: string
  /** What it destroys, as `table` or `table.column`. */
  readonly loses: readonly string[]
}

/** What `up.sql` says. The text is the truth; this is what it means. */
export interface MigrationFile {
  readonly steps: readonly MigrationStep[]
  /** The `-- accept loss: article.summary` lines a person has written. */
  readonly acceptedLosses: readonly string[]
  /** What is left to be taken away by the migration planned after this one. */
  readonly later: readonly Contraction[]
}

const heading = '-- bede migration 1'
const runs: readonly MigrationRun[] = ['together', 'alone', 'batches']
const phases: readonly MigrationPhase[] = ['expand', 'backfill', 'constrain', 'contract']

/** The text of `up.sql`, which {@link parseMigration} reads back. `notes` are comment lines for whoever reads it. */
export function writeMigration(file: MigrationFile, notes: readonly string[] = []): string {
  const head = [
    heading,
    ...notes.map((note) => `-- ${oneLine(note)}`),
    ...file.acceptedLosses.map((loss) => `-- accept loss: ${loss}`),
    ...file.later.map((contraction) => `-- later: ${JSON.stringify(contraction)}`),
  ]
  const steps = file.steps.map((step) =>
    [
      `-- step ${step.n}: ${oneLine(step.title)}`,
      `-- phase: ${step.phase}`,
      `-- run: ${step.run}`,
      ...step.loses.map((loss) => `-- loses: ${loss}`),
      step.sql.trim(),
    ].join('\n'),
  )
  return `${[head.join('\n'), ...steps].join('\n\n')}\n`
}

/** A line that ends would end the comment. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()

interface Reading {
  readonly title: string
  readonly n: number
  run?: MigrationRun
  phase?: MigrationPhase
  readonly loses: string[]
  readonly lines: string[]
}

/**
 * Reads `up.sql`. A directive is a comment line before the SQL of its step; `accept loss` lines may stand anywhere
 * outside of a string. Throws the Problem `invalid-migration`, naming the line, for a text that is not a migration.
 */
export function parseMigration(text: string, place = 'up.sql'): MigrationFile {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const steps: MigrationStep[] = []
  const acceptedLosses: string[] = []
  const later: Contraction[] = []
  let step: Reading | undefined
  const wrong = (i: number, message: string, hint?: string): Problem =>
    new Problem('invalid-migration', {
      message: `${place}:${i + 1}: ${message}`,
      hint: hint ?? 'docs/reference/migrations.md says what the file holds. A file that was applied is never changed.',
    })
  const finish = (i: number): void => {
    if (!step) return
    const sql = step.lines.join('\n').trim()
    if (sql === '') throw wrong(i, `step ${step.n} has no SQL`)
    if (!step.run)
      throw wrong(i, `step ${step.n} does not say how it runs`, 'Write -- run: together, alone or batches.')
    const { n, title, run, phase = 'expand', loses } = step
    steps.push({ n, title, run, phase, sql, loses })
    step = undefined
  }
  if (lines.find((line) => line.trim() !== '')?.trim() !== heading)
    throw wrong(0, `the file does not begin with \`${heading}\``)
  const quoted = linesInside(text.replaceAll('\r\n', '\n'))
  for (const [i, line] of lines.entries()) {
    const directive = quoted.has(i) ? undefined : /^--\s*(step \d+|[a-z]+(?: [a-z]+)?):\s*(.*?)\s*$/.exec(line)
    const [, key = '', value = ''] = directive ?? []
    const number = /^step (\d+)$/.exec(key)?.[1]
    if (number !== undefined) {
      finish(i)
      if (Number(number) !== steps.length + 1) throw wrong(i, `step ${number} follows step ${steps.length}`)
      step = { n: Number(number), title: value, loses: [], lines: [] }
    } else if (key === 'accept loss')
      acceptedLosses.push(lossName(value) ?? fail(i, `'${value}' names no table or column`))
    else if (key === 'run' && step) step.run = oneOf(runs, value) ?? fail(i, `no step runs '${value}'`)
    else if (key === 'phase' && step) step.phase = oneOf(phases, value) ?? fail(i, `there is no phase '${value}'`)
    else if (key === 'loses' && step) step.loses.push(value)
    else if (key === 'later') later.push(readContraction(value) ?? fail(i, 'what is left for later is not readable'))
    else if (step) step.lines.push(line)
    else if (line.trim() !== '' && !line.startsWith('--'))
      throw wrong(i, 'SQL stands before the first step', 'Write -- step 1: … and -- run: together before it.')
  }
  finish(lines.length)
  return { steps, acceptedLosses, later }

  function fail(i: number, message: string): never {
    throw wrong(i, message)
  }
}

/** `article.summary`, without what a person may have written around it. */
const lossName = (value: string): string | undefined => (/^\S.*$/.test(value) ? value : undefined)

const oneOf = <T extends string>(known: readonly T[], value: string): T | undefined =>
  known.find((one) => one === value)
