import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import { foreignKeyName } from '../names.ts'
import { quote } from '../postgres/literal.ts'
import { type PartsDropped, partsLost } from './contraction.ts'
import { alone, type ChangeOf, counted, type Draft, type Lock, named, tableOnly, together } from './draft.ts'

/** Parts of another span, or a table that begins or ceases to lie in parts: all its rows would be written anew. */
export function refusePartition(draft: Draft, { table, from }: ChangeOf<'change-partition'>): void {
  const says =
    from.partitioned === undefined
      ? 'A table that is there cannot be made to lie in parts'
      : table.partitioned === undefined
        ? 'A table that lies in parts cannot be made a plain one'
        : 'The parts of a table that is there cannot be made longer or shorter'
  draft.refusals.push({
    place: table.model,
    code: 'impossible-migration',
    message: `${says}: all its rows would have to be written anew.`,
    hint: 'Make a new model that lies in parts as you want, write to it from now on, and copy the old rows in a job.',
  })
}

/** Parts that were to stay and now are not are dropped by the new version, once it serves: that must be accepted here. */
export function changeRetention(draft: Draft, { table, from }: ChangeOf<'change-retention'>): void {
  const { model, retention, every = 'month' } = table
  draft.sentences.push(
    retention === undefined ? `${model} keeps all its parts.` : `${model} keeps its last ${retention} parts.`,
  )
  if (retention === undefined || retention >= (from.retention ?? Number.POSITIVE_INFINITY)) return
  const dropped: PartsDropped = { drop: 'parts', ...tableOnly(table), keep: retention }
  const edge = `(date_trunc('${every}', now() at time zone 'UTC') - interval '${retention} ${every}') at time zone 'UTC'`
  draft.losses.push({
    loss: partsLost(dropped),
    says: `${model} keeps fewer parts: the new version drops those of ${named(table)} before the last ${retention}, with their rows, as soon as it serves.`,
    count: `select count(*) from ${counted(draft, table)} where ${draft.dialect.identifier(table.keys?.at(-1) ?? table.key)} < ${edge}`,
  })
  draft.meetings.push({
    serves: true,
    says: `The version before goes on with ${named(table)}, and no longer finds the rows of the parts that the new one has dropped.`,
  })
  draft.later.push(dropped)
}

/**
 * A foreign key of a table in parts: PostgreSQL before 18 cannot hold one there before it has read every row. So each part
 * holds it, each is read while it is written to, and then the table takes over what its parts hold.
 */
export function referenceOfParts(
  draft: Draft,
  table: StoredTable,
  column: StoredColumn,
  { target, first }: { readonly target: string; readonly first: readonly string[] },
): void {
  const title = `Hold the reference of ${named(table)}.${column.column}`
  const clause = draft.write.foreignKey(table, column)
  const plain = foreignKeyName(table.table, column.column)
  const name = draft.dialect.identifier(plain)
  const held = `select from pg_constraint where conrelid = inhrelid and conname = ${quote(plain)}`
  const both: readonly Lock[] = [
    {
      table: named(table),
      mode: first.length > 0 ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE',
      work: 'none',
    },
    { table: target, mode: 'SHARE ROW EXCLUSIVE', work: 'none' },
  ]
  draft.refer.push(
    together(
      `${title}, for new rows`,
      'constrain',
      [...first, overParts(draft, table, `add ${clause} not valid`, `not exists (${held})`)],
      { locks: both },
    ),
    alone(
      `${title}, for all rows`,
      'constrain',
      [overParts(draft, table, `validate constraint ${name}`, `exists (${held} and not convalidated)`)],
      { locks: [{ table: named(table), mode: 'SHARE UPDATE EXCLUSIVE', work: 'reference' }] },
    ),
    together(`${title}, of all parts as one`, 'constrain', [`alter table ${draft.write.table(table)} add ${clause}`], {
      locks: both.map((lock) => ({ ...lock, mode: 'SHARE ROW EXCLUSIVE' })),
    }),
  )
}

/** One `alter table` clause of every part of which `where` holds. */
function overParts(draft: Draft, table: StoredTable, clause: string, where: string): string {
  const parent = quote(draft.write.table(table))
  return `do $bede$ declare "part" regclass; begin
  for "part" in select inhrelid from pg_inherits where inhparent = ${parent}::regclass and ${where} order by inhrelid loop
    execute 'alter table ' || "part" || ${quote(` ${clause}`)};
  end loop;
end $bede$`
}
