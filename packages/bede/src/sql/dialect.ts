import type { FunctionName } from '../expr/names.ts'
import type { Json, ValueType } from '../expr/value.ts'
import type { IndexDefinition } from '../model/definition.ts'
import type { Text } from './statement.ts'

/** SQL text that stands as one operand: it can be put beside any operator without parentheses. */
export type Sql = string

/** A compiled operand of a call, with what is known about it. */
export interface Operand {
  readonly sql: Sql
  readonly type: ValueType
  /** The value, where it is written in the declaration: units of time are chosen when the text is made. */
  readonly literal?: Json
  /** A column that an index of trigrams holds. */
  readonly trigrams?: true
}

/** How one database writes SQL. Nothing above this floor knows which one it is. */
export interface Dialect {
  readonly name: string
  readonly supports: {
    readonly writeInCte: boolean
    readonly lateral: boolean
    readonly transactionalDdl: boolean
    readonly notify: boolean
  }
  /** Quotes a name from the manifest. Throws a Problem `invalid-name` for one the database cannot hold. */
  identifier(name: string): Sql
  /** The `n`th parameter (from 1), cast to the type of its value. */
  param(n: number, type: ValueType): Sql
  /** A value written in the declaration; never a caller's. */
  literal(value: Json, type: ValueType): Sql
  /** A value in the database's text form, for a parameter. Throws a Problem `invalid-input` when it is not of that type. */
  encode(value: Json | undefined, type: ValueType): Text
  /** The type of a column, collation included. */
  columnType(type: ValueType): Sql
  /** How a column is read and written whose type the database decided before Bede came. */
  readonly native: {
    /** The column as a value of its kind. */
    read(column: Sql, native: string, type: ValueType): Sql
    /** The type that a value is cast to before it is written. */
    cast(native: string): Sql
    /** The type that a value of type `other` is cast to before it is compared with the column; undefined: the column is read. */
    comparable(native: string, type: ValueType, other: ValueType): Sql | undefined
  }
  /** How an index of a method is made: what stands before and after its columns, and the extension it is of. */
  indexMethod(
    index: Pick<IndexDefinition, 'method' | 'distance'>,
  ): { readonly using: Sql; readonly operators: Sql; readonly extension?: string } | undefined
  /** The extension that a type is of. */
  typeExtension(type: ValueType): string | undefined
  /** The words of texts with their weights, as a column of kind `search` holds them. */
  words(texts: readonly (readonly [sql: Sql, weight: string])[], language: string): Sql
  call(fn: FunctionName, operands: readonly Operand[]): Sql
  /** What stands between the operands of a call that rows are put in order by, where an index serves these words only. */
  nearestOperator(fn: FunctionName, direction: 'asc' | 'desc'): Sql | undefined
  /** Whether two values differ, where null is a value like others. */
  differ(a: Sql, b: Sql, type: ValueType): Sql
  /** An aggregate over the rows of the statement around it; `count` takes no operand. */
  aggregate(fn: 'count' | 'sum' | 'min' | 'max' | 'avg', operand?: Operand): Sql
  /** The value as it is selected, so that the database's JSON writes it as value.ts says. */
  jsonValue(sql: Sql, type: ValueType): Sql
  /** An expression that reads `path` of a JSON document of the database as a value of `type`; null where it is absent. */
  fromJson(document: Sql, path: readonly string[], type: ValueType): Sql
  /** The JSON value as the database fills a column of the type from it, where that is not as JSON has it. */
  rowMember(value: Sql, type: ValueType): Sql | undefined
  jsonObject(members: readonly (readonly [name: string, sql: Sql])[]): Sql
  /** All rows of the statement around it as one array, empty when there are none. */
  jsonArray(item: Sql, order?: Sql): Sql
  jsonBool(sql: Sql): Sql
  /** The items of a JSON array document with their position from 1: a table function, to be named with its two columns. */
  each(document: Sql): Sql
  /** A new UUIDv7, made by the database. */
  newId(): Sql
  /** The next number of an integer id's own sequence. `table` is quoted, `column` is not. */
  nextId(table: Sql, column: string): Sql
  /** Tells whoever listens to the channel, when and only when the transaction commits. As text, which is empty. */
  notify(channel: string, payload: string): Sql
  /** The database's own clock. The time of a call is a parameter. */
  now(): Sql
}
