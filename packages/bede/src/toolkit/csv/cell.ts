/**
 * Text that a spreadsheet would run as a formula gets a quote in front (OWASP, CSV Injection). So does text that begins
 * with a quote before one of these, so that reading gives back what was written.
 */
const dangerous = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/
const guarded = /^''*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/**
 * Where a spreadsheet splits at semicolons or tabs, as it does in many languages, or does not take the quotes of a cell
 * for such because it splits elsewhere, a cell begins inside the text. What begins a formula there has a quote in front, too.
 */
const inside = /([;\t\r\n])(?=["']*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g
const guardedInside = /([;\t\r\n])'(?=["']*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g

/** Text that no spreadsheet runs. */
export const guard = (text: string): string => (dangerous.test(text) ? "'" : '') + text.replace(inside, "$1'")

/** What `guard` was given. */
export const unguard = (text: string): string =>
  (guarded.test(text) ? text.slice(1) : text).replace(guardedInside, '$1')

/** JSON of which no part is a formula, in the letters that JSON has for such. */
export const guardJson = (json: string): string =>
  json.replace(
    /;([=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g,
    (_, sign: string) => `;\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** A cell as it stands in the file (RFC 4180 §2), without a guard. */
export const quoted = (text: string): string =>
  /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** One line of a file, with its end. */
export const csvLine = (cells: readonly string[]): string => `${cells.join(',')}\r\n`
