import type { Base } from '../../engine/boot.ts'
import type { OperationCall } from '../../engine/call.ts'
import { isMembers } from '../../engine/complete.ts'
import { type Direct, direct } from '../../engine/direct.ts'
import type { Json } from '../../expr/value.ts'
import type { Connection } from '../../store/driver.ts'
import { isProblem, Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import { importIds } from './import-ids.ts'
import { type Existing, importOperation } from './import-operation.ts'
import { columnsOf, type NamedModel } from './model-columns.ts'
import type { FileRow } from './read-rows.ts'

/** Rows written by one statement; fewer where each has a secret that takes tens of milliseconds to hash. */
const batchSize = 500
const secretBatchSize = 20
/** Of a file whose rows each name other fields, so many operations are kept. */
const mostForms = 100

export interface ImportRequest {
  readonly of: NamedModel
  readonly actor: OperationCall['actor']
  readonly existing: Existing
  /** Fields of one unique index. */
  readonly key: readonly string[]
  /** From which the ids of rows without one follow; the same when an import goes on. */
  readonly run: { readonly seed: string; readonly begun: number }
  /** How far the import had come when it was cut off. */
  readonly from?: ImportCount
}

export interface ImportCount {
  /** Rows of the file that are done with. */
  readonly rows: number
  /** Rows that are in the database now, made or found there as `existing` allows. */
  readonly stored: number
  readonly refused: number
}

/** A row that was not taken, for whoever mends it and tries again. */
export interface RefusedRow {
  readonly row: number
  readonly code: string
  readonly message: string
  readonly details?: readonly Pick<ProblemDetail, 'place' | 'message'>[]
  readonly given: Json
}

/**
 * Writes rows in batches of one statement, each batch in a transaction of its own. `done` is told after each batch, when
 * its rows are stored; a run that was cut off between the two and goes on meets its own rows again and counts them.
 */
export async function importRows(
  base: Base,
  connection: Connection,
  request: ImportRequest,
  rows: AsyncIterable<FileRow>,
  done: (count: ImportCount, refused: readonly RefusedRow[]) => Promise<void>,
): Promise<ImportCount> {
  const { of, from } = request
  const batches = new Batches(base, connection, request)
  const size = Object.values(of.model.fields).some(({ type }) => type.kind === 'secret') ? secretBatchSize : batchSize
  let count: ImportCount = from ?? { rows: 0, stored: 0, refused: 0 }
  let batch: FileRow[] = []
  let again = from !== undefined
  const flush = async () => {
    if (batch.length === 0) return
    const refused = await batches.write(batch, again)
    again = false
    count = {
      rows: batch.at(-1)?.number ?? count.rows,
      stored: count.stored + batch.length - refused.length,
      refused: count.refused + refused.length,
    }
    batch = []
    await done(count, refused)
  }
  for await (const row of rows) {
    if (from && row.number <= from.rows) continue
    batch.push(row)
    if (batch.length >= size) await flush()
  }
  await flush()
  return count
}

type Fields = NamedModel['model']['fields']

interface Prepared {
  readonly row: FileRow
  readonly fields: readonly string[]
  readonly item: Json
}

class Batches {
  readonly #base: Base
  readonly #connection: Connection
  readonly #request: ImportRequest
  readonly #known: ReadonlySet<string>
  readonly #id: ((row: number) => string) | undefined
  /** By the fields of a row, and whether it may be there already. */
  readonly #operations = new Map<string, Direct>()

  constructor(base: Base, connection: Connection, request: ImportRequest) {
    const { model } = request.of
    this.#base = base
    this.#connection = connection
    this.#request = request
    this.#known = new Set(Object.keys(columnsOf(model)))
    const byId = request.key.length === 1 && request.key[0] === model.id
    const generated = model.fields[model.id]?.default?.kind === 'generated' && !model.fields[model.id]?.type.integer
    this.#id = generated && byId ? importIds(request.run.seed, request.run.begun) : undefined
  }

  /** Stores what can be stored of a batch; gives the rows that cannot, in their order. */
  async write(batch: readonly FileRow[], again: boolean): Promise<readonly RefusedRow[]> {
    const refused: RefusedRow[] = []
    const alike = new Map<string, Prepared[]>()
    for (const row of batch) {
      const prepared = await this.#prepare(row)
      if ('code' in prepared) {
        refused.push(prepared)
        continue
      }
      const form = prepared.fields.join(',')
      const group = alike.get(form) ?? []
      alike.set(form, group)
      group.push(prepared)
    }
    for (const group of alike.values()) refused.push(...(await this.#store(group, again)))
    return refused.sort((a, b) => a.row - b.row)
  }

  /** A row with its values checked and secrets hashed, or why it is refused. */
  async #prepare(row: FileRow): Promise<Prepared | RefusedRow> {
    const { given } = row
    if (row.unreadable !== undefined || !isMembers(given)) {
      return this.#refused(row, new Problem('invalid-input', { message: row.unreadable ?? 'It is no object' }))
    }
    const { model } = this.#request.of
    const unknown = Object.keys(given).filter((name) => !this.#known.has(name))
    if (unknown.length > 0) {
      return this.#refused(row, new Problem('unknown-field', { message: `There is no field ${unknown.join(', ')}` }))
    }
    const made = Object.keys(given).filter((name) => madeByDatabase(model.fields, name))
    if (made.length > 0) {
      const message = `The database computes ${made.join(', ')} itself: leave it out, and export without it (--fields)`
      return this.#refused(row, new Problem('unknown-field', { message }))
    }
    const id = this.#id && (given[model.id] ?? null) === null ? { [model.id]: this.#id(row.number) } : {}
    const item = { ...withoutEmpty(given, model.fields), ...id }
    const fields = Object.keys(item).sort()
    try {
      const { items } = await this.#operation(fields, false).check({ items: [item] })
      const [checked = null] = Array.isArray(items) ? items : []
      return { row, fields, item: checked }
    } catch (error) {
      if (!isProblem(error)) throw error
      return this.#refused(row, error)
    }
  }

  /**
   * A bulk answers for each of its rows. What only the database sees stops a bulk as a whole: it is halved until the row
   * that it is about stands alone.
   */
  async #store(group: readonly Prepared[], again: boolean): Promise<readonly RefusedRow[]> {
    const [first] = group
    if (!first) return []
    const operation = this.#operation(first.fields, again)
    try {
      const { body } = await operation.run(this.#connection, { items: group.map(({ item }) => item) })
      const outcomes: unknown = JSON.parse(body ?? '[]')
      return group.flatMap(({ row }, index) => {
        const outcome: unknown = Array.isArray(outcomes) ? outcomes[index] : undefined
        return refusalIn(row, outcome, this.#request.of.model.fields)
      })
    } catch (error) {
      const problem = operation.problemOf(error)
      if (problem.status >= 500) throw problem
      if (group.length === 1) return [this.#refused(first.row, problem)]
      const middle = group.length >> 1
      return [...(await this.#store(group.slice(0, middle), again)), ...(await this.#store(group.slice(middle), again))]
    }
  }

  #refused(row: FileRow, problem: Problem): RefusedRow {
    return refusedRow(row, problem, this.#request.of.model.fields)
  }

  #operation(fields: readonly string[], again: boolean): Direct {
    const { of, actor, key } = this.#request
    // Rows that this import itself has made before it was cut off are there, and that is fine.
    const then =
      again && this.#request.existing === 'refuse' && fields.includes(of.model.id) ? 'keep' : this.#request.existing
    const form = `${then}:${fields.join(',')}`
    const known = this.#operations.get(form)
    if (known) return known
    if (this.#operations.size >= mostForms) this.#operations.clear()
    const made = direct(this.#base, importOperation(of, fields, { then, key }), actor)
    this.#operations.set(form, made)
    return made
  }
}

const madeByDatabase = (fields: Fields, name: string): boolean =>
  fields[name]?.generated !== undefined || fields[name]?.computed !== undefined || fields[name]?.type.kind === 'search'

/** An empty cell or a null is nothing where the model has a default, and null where a field may have none. */
function withoutEmpty(given: Readonly<Record<string, Json>>, fields: Fields): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== null || fields[name]?.optional === true),
  )
}

const messages: Readonly<Record<string, string>> = {
  forbidden: 'The policies do not allow this row',
  'already-exists': 'There is already a row with a value that only one row may have',
  'missing-reference': 'It refers to a row that is not there',
  'invalid-value': 'A value is not allowed',
}

function refusalIn(row: FileRow, outcome: unknown, fields: Fields): readonly RefusedRow[] {
  if (typeof outcome !== 'object' || outcome === null || !('status' in outcome))
    throw new TypeError('a bulk has outcomes')
  if (outcome.status !== 'refused') return []
  const code = 'code' in outcome ? String(outcome.code) : 'already-exists'
  return [
    { row: row.number, code, message: messages[code] ?? 'It was refused', given: withoutSecrets(row.given, fields) },
  ]
}

function refusedRow({ number, given }: FileRow, { code, message, details }: Problem, fields: Fields): RefusedRow {
  return {
    row: number,
    code,
    message,
    ...(details.length > 0 && {
      details: details.map((detail) => ({ place: detail.place.replace(/^\/items\/\d+/, ''), message: detail.message })),
    }),
    given: withoutSecrets(given, fields),
  }
}

/** The report is a file that is passed around: passwords stay out of it, and what is encrypted elsewhere. */
const withoutSecrets = (given: Json, fields: Fields): Json =>
  isMembers(given)
    ? Object.fromEntries(Object.entries(given).map(([name, value]) => [name, isSecret(fields, name) ? null : value]))
    : given

const isSecret = (fields: Fields, name: string): boolean =>
  Object.hasOwn(fields, name) && (fields[name]?.type.kind === 'secret' || fields[name]?.type.kind === 'encrypted')
