/**
 * Text that a spreadsheet would run as a formula gets a quote in front, which a spreadsheet does not show (OWASP, CSV
 * Injection). So does text that begins with a quote before one of these, so that reading gives back what was written.
 */
const dangerous = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/
const guarded = /^''*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** Text that no spreadsheet runs. */
export const guard = (text: string): string => (dangerous.test(text) ? `'${text}` : text)

/** What `guard` was given. */
export const unguard = (text: string): string => (guarded.test(text) ? text.slice(1) : text)

/** A cell as it stands in the file (RFC 4180 §2), without a guard. */
export const quoted = (text: string): string =>
  /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** One line of a file, with its end. */
export const csvLine = (cells: readonly string[]): string => `${cells.join(',')}\r\n`
