import { databaseName } from '../../manifest/database-name.ts'
import type { StoredColumn, StoredIndex, StoredTable } from '../../manifest/stored.ts'
import { checkName, choiceName, foreignKeyName, indexName } from '../names.ts'
import { quote } from '../postgres/literal.ts'
import { alone, brief, type Draft, type Lock, named, together } from './draft.ts'
import { referenceOfParts } from './partition.ts'

/** `alter table "article" …` */
export const alter = (draft: Draft, table: StoredTable, clause: string): string =>
  `alter table ${draft.write.table(table)} ${clause}`

export const inSchema = (draft: Draft, { schema }: Pick<StoredTable, 'schema'>, name: string): string =>
  (schema === undefined ? '' : `${draft.dialect.identifier(schema)}.`) + draft.dialect.identifier(name)

/** A constraint as two steps: the first holds it for every new row, the second finds that the rows there are keep it. */
export function holdAndValidate(
  draft: Draft,
  table: StoredTable,
  {
    title,
    name,
    clause,
    first = [],
    target,
  }: {
    readonly title: string
    readonly name: string
    readonly clause: string
    /** What goes before, in the same moment: the constraint it takes the place of. */
    readonly first?: readonly string[]
    /** Of a foreign key: the table it names. */
    readonly target?: string
  },
): void {
  const lock: Lock =
    target === undefined ? brief(table) : { table: named(table), mode: 'SHARE ROW EXCLUSIVE', work: 'none' }
  const both = target === undefined ? [lock] : [lock, { ...lock, table: target }]
  const steps = target === undefined ? draft.constrain : draft.refer
  steps.push(
    together(`${title}, for new rows`, 'constrain', [...first, alter(draft, table, `add ${clause} not valid`)], {
      locks: first.length > 0 ? [brief(table), ...both.slice(1)] : both,
    }),
  )
  validate(draft, table, { title: `${title}, for all rows`, name, reference: target !== undefined })
}

export function validate(
  draft: Draft,
  table: StoredTable,
  { title, name, reference }: { readonly title: string; readonly name: string; readonly reference?: boolean },
): void {
  const steps = reference ? draft.refer : draft.constrain
  steps.push(
    alone(title, 'constrain', [alter(draft, table, `validate constraint ${draft.dialect.identifier(name)}`)], {
      locks: [{ table: named(table), mode: 'SHARE UPDATE EXCLUSIVE', work: reference ? 'reference' : 'scan' }],
    }),
  )
}

export function addChoice(draft: Draft, table: StoredTable, column: StoredColumn, first: readonly string[] = []): void {
  holdAndValidate(draft, table, {
    title: `Hold the choices of ${named(table)}.${column.column}`,
    name: choiceName(table.table, column.column),
    clause: draft.write.choice(table, column),
    first,
  })
}

export function addReference(
  draft: Draft,
  table: StoredTable,
  column: StoredColumn,
  first: readonly string[] = [],
): void {
  const model = column.references && draft.after.models[column.references.model]
  if (!model) return
  if (table.partitioned !== undefined) {
    referenceOfParts(draft, table, column, { target: named(model), first })
    return
  }
  holdAndValidate(draft, table, {
    title: `Hold the reference of ${named(table)}.${column.column}`,
    name: foreignKeyName(table.table, column.column),
    clause: draft.write.foreignKey(table, column),
    first,
    target: named(model),
  })
}

export function addCheck(
  draft: Draft,
  table: StoredTable,
  check: StoredTable['checks'][number],
  {
    name = checkName(table.table, check.name),
    first = [],
  }: { readonly name?: string; readonly first?: readonly string[] } = {},
): void {
  holdAndValidate(draft, table, {
    title: `Hold the check ${named(table)}.${check.name}`,
    name,
    clause: draft.write.check(table, check, name),
    first,
  })
}

/** Not null by way of a validated check, so that no lock is held while the rows are read. */
export function requireValue(draft: Draft, table: StoredTable, column: string): void {
  const { identifier } = draft.dialect
  const name = databaseName(table.table, column, 'present')
  const place = `${named(table)}.${column}`
  holdAndValidate(draft, table, {
    title: `Hold that ${place} has a value`,
    name,
    clause: `constraint ${identifier(name)} check (${identifier(column)} is not null)`,
  })
  draft.constrain.push(
    together(
      `Make ${place} required`,
      'constrain',
      [
        alter(draft, table, `alter column ${identifier(column)} set not null`),
        alter(draft, table, `drop constraint ${identifier(name)}`),
      ],
      { locks: [brief(table)] },
    ),
  )
}

/** An index that is built while the table is written to. One that an earlier try has left half built goes first. */
export function addIndex(draft: Draft, table: StoredTable, index: StoredIndex, name = indexName(index.name)): void {
  const place = inSchema(draft, table, name)
  const [left, right] = [quote(place), inSchema(draft, table, name)]
  draft.constrain.push(
    alone(
      `Build the ${index.unique ? 'unique index' : 'index'} ${name}`,
      'constrain',
      [
        `do $$ begin if exists (select from pg_index where indexrelid = to_regclass(${left}) and not indisvalid) then drop index ${right}; end if; end $$`,
        draft.write.createIndex(table, index, { name, concurrently: true }),
      ],
      { locks: [{ table: named(table), mode: 'SHARE UPDATE EXCLUSIVE', work: index.method ? 'pieces' : 'index' }] },
    ),
  )
}

export const dropIndex = (
  draft: Draft,
  table: Pick<StoredTable, 'schema' | 'table' | 'partitioned'>,
  name: string,
  phase: 'expand' | 'contract',
) =>
  alone(`Drop the index ${name}`, phase, [`drop index concurrently if exists ${inSchema(draft, table, name)}`], {
    locks: [
      // Of a table in parts it cannot be dropped concurrently.
      table.partitioned === undefined
        ? { table: named(table), mode: 'SHARE UPDATE EXCLUSIVE', work: 'none' }
        : brief(table),
    ],
  })
