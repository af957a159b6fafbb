import type { Base } from '../../engine/boot.ts'
import type { SealedColumn } from '../../engine/encryption/sealed-column.ts'
import { headOf } from '../../engine/keys/seal.ts'
import { secretsInUse } from '../../engine/keys/secrets-in-use.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import { type ResealStatements, resealStatements } from '../../sql/reseal.ts'
import { StoreError } from '../../store/driver.ts'
import { isProblem } from '../../telemetry/problem.ts'
import { sealedColumns } from './sealed-columns.ts'

/** What one column holds, by the secret it is sealed under. */
export interface ColumnState {
  readonly column: string
  /** Rows by the name of their secret; `unreadable` where it is not a sealed value. */
  readonly under: Readonly<Record<string, number>>
}

/** A row that could not be sealed anew, and why. */
export interface Left {
  readonly column: string
  readonly key: string
  readonly why: string
}

export interface Rotation {
  readonly current: string
  readonly columns: readonly ColumnState[]
  readonly resealed: number
  readonly left: readonly Left[]
}

/** Rows rewritten by one statement, which holds their locks for as long. */
const batchSize = 500
/** More of them say no more. */
const mostTold = 100

/** How many rows of each column are sealed under which secret. Reads every sealed column once. */
export async function secretStatus({
  manifest,
  keys,
  connection,
}: Base): Promise<Pick<Rotation, 'current' | 'columns'>> {
  const names = new Map(keys.ids.map((id) => [headOf(id), id]))
  const columns: ColumnState[] = []
  for (const column of sealedColumns(manifest, keys)) {
    const counted = await connection.query(resealStatements(manifest, postgres, column).count())
    const under: Record<string, number> = {}
    for (const [head, count] of counted) {
      const name = names.get(head ?? '') ?? idOf(head ?? '') ?? 'unreadable'
      under[name] = (under[name] ?? 0) + Number(count)
    }
    columns.push({ column: nameOf(column), under })
  }
  return { current: keys.ids[0] ?? '', columns }
}

const nameOf = ({ model, field }: SealedColumn): string => `${model}.${field}`

/** The name of a secret that is not given, where it is one. */
function idOf(head: string): string | undefined {
  const bytes = Buffer.from(head, 'base64url')
  return headOf(bytes.subarray(1).toString('hex')) === head ? bytes.subarray(1).toString('hex') : undefined
}

/**
 * Seals everything anew that is not under the current secret, in batches, each in a statement of its own: it may be cut
 * off at any time and begun again, and the app serves and writes meanwhile. A row that changes under it is left to whoever
 * changed it. When nothing is left under a secret, the database no longer asks for it.
 */
export async function rotate(base: Base, report: (rows: number) => void = () => {}): Promise<Rotation> {
  const { manifest, keys, connection, planner } = base
  const current = keys.ids[0] ?? ''
  const left: Left[] = []
  let resealed = 0
  for (const column of sealedColumns(manifest, keys)) {
    const statements = resealStatements(manifest, postgres, column)
    const stale = { head: headOf(current), search: column.search }
    let after: string | undefined
    for (;;) {
      const found = await connection.query(statements.next(stale, after, batchSize))
      const rows = found.map(([key, stored]) => ({ key: key ?? '', stored: stored ?? '' }))
      if (rows.length === 0) break
      after = rows.at(-1)?.key
      resealed += await resealBatch(base, column, statements, rows, left)
      report(resealed)
    }
  }
  const { columns } = await secretStatus(base)
  const used = new Set(columns.flatMap(({ under }) => Object.keys(under)))
  const inUse = secretsInUse(planner)
  for (const id of await inUse.list(connection)) if (id !== current && !used.has(id)) await inUse.forget(connection, id)
  return { current, columns, resealed, left: left.slice(0, mostTold) }
}

interface Stored {
  readonly key: string
  readonly stored: string
}

/** One statement for all; where the database has something against one of them, one for each. Gives how many it rewrote. */
async function resealBatch(
  base: Base,
  column: SealedColumn,
  statements: ResealStatements,
  rows: readonly Stored[],
  left: Left[],
): Promise<number> {
  const sealed = rows.flatMap((row) => {
    try {
      return [{ ...row, sealed: column.reseal(row.stored, row.key) }]
    } catch (error) {
      if (!isProblem(error)) throw error
      left.push({ column: nameOf(column), key: row.key, why: 'it does not open: the log of a read says why' })
      return []
    }
  })
  if (sealed.length === 0) return 0
  try {
    return (await base.connection.query(statements.write(sealed))).length
  } catch (error) {
    if (!(error instanceof StoreError) || error.failure !== 'unique') throw error
    const [only, ...more] = sealed
    if (only && more.length === 0) {
      left.push({
        column: nameOf(column),
        key: only.key,
        why: 'another row has the same value, and it is to be unique',
      })
      return 0
    }
    let count = 0
    for (const one of sealed) count += await resealBatch(base, column, statements, [one], left)
    return count
  }
}
