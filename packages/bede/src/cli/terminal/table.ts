/** Rows as lines with their columns aligned, two spaces apart, each line after `indent`. `style` colors a cell, column by column. */
export function table(
  rows: readonly (readonly string[])[],
  indent = '  ',
  style: readonly (((cell: string) => string) | undefined)[] = [],
): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows.map((row) => {
    const cells = row.map((cell, i) => {
      const padded = i === row.length - 1 ? cell : cell.padEnd(widths[i]!)
      return style[i]?.(padded) ?? padded
    })
    return `${indent}${cells.join('  ')}`.trimEnd()
  })
}
