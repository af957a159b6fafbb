import type { StoredTable } from '../manifest/stored.ts'
import type { Dialect } from './dialect.ts'

/** The extensions of the database that tables stand on, by name. */
export const extensionsOf = (tables: readonly StoredTable[], dialect: Dialect): readonly string[] => [
  ...new Set(
    tables.flatMap(({ columns, indexes }) => [
      ...columns.flatMap(({ type }) => dialect.typeExtension(type) ?? []),
      ...indexes.flatMap((index) => dialect.indexMethod(index)?.extension ?? []),
    ]),
  ),
]

/** The statement that installs an extension where it is not there. */
export const createExtension =
  ({ identifier }: Dialect) =>
  (name: string): string =>
    `create extension if not exists ${identifier(name)}`
