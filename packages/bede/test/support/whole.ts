/**
 * One statement that answers every row of these tables, a text for each table: what it says is of one moment, and it is
 * the same text as long as nothing has changed. `tables`: as SQL names them. `besides`: columns that may change.
 */
export function wholeOf(tables: readonly string[], besides: readonly string[] = []): string {
  const columns = ['to_jsonb(t)', ...besides.map((column) => `'${column}'`)].join(' - ')
  return tables
    .map(
      (table) =>
        `select '${table.replaceAll("'", "''")} ' || (select coalesce(jsonb_agg(${columns} order by t::text), '[]')::text from ${table} t)`,
    )
    .join(' union all ')
}
