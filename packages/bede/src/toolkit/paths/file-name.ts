import { Problem } from '../../telemetry/problem.ts'

/** What a name may be beyond what everybody may have. */
export interface NameOptions {
  /** Parts that begin with a dot (`.htaccess`, `.ssh`) are names too. Default: they are refused. */
  readonly hidden?: boolean
}

/** Bytes of UTF-8: what the usual file systems take for one part, and what every system takes for a whole name. */
const longestPart = 255
const longestName = 1_024

/** Names that are devices on Windows, in every folder and with every extension. */
const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(\.|$)/i
/** What some step on the way would decode once more. */
const encoded = /%[0-9a-f]{2}|%u[0-9a-f]{4}/i
/** Signs that pass for `/`, `\` or a dot, or become one in a system's own normal form. */
const lookAlike =
  /[\u2024-\u2026\u2044\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9\ufe52\ufe68\uff0e\uff0f\uff3c]/
/** Controls, what is not shown, what turns the direction of writing, and halves of characters. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u
/** What Windows takes for something else: streams and drives, patterns, pipes. */
const reserved = /[:*?"<>|]/

/**
 * The parts of a name for a file below some folder, as it is the same on every system: `reports/2026/may.pdf`. Throws
 * the Problem `unsafe-name` (400) for everything else, whatever system this runs on: absolute names, `.` and `..`,
 * separators that are encoded or only look like one, backslashes, drives, devices, controls, a dot or a space at an
 * end, more than 255 bytes in a part or 1,024 in all.
 */
export function nameParts(name: string, options: NameOptions = {}): readonly string[] {
  const why = typeof name === 'string' ? mistakeOf(name, options) : 'it is not text'
  // The name itself is not repeated: it is the caller's text, and goes into logs and answers of others.
  if (why) throw new Problem('unsafe-name', { message: `The name cannot be used for a file: ${why}` })
  return name.split('/')
}

/** Whether {@link nameParts} takes it. */
export const isSafeName = (name: string, options: NameOptions = {}): boolean =>
  typeof name === 'string' && mistakeOf(name, options) === undefined

function mistakeOf(name: string, options: NameOptions): string | undefined {
  if (name === '') return 'it is empty'
  if (name.length > longestName || Buffer.byteLength(name) > longestName)
    return `it is longer than ${longestName} bytes`
  if (!name.isWellFormed() || unseen.test(name)) return 'it holds a character that is not shown'
  if (name.includes('\\')) return 'it holds a backslash'
  if (encoded.test(name)) return 'it holds an encoded character'
  if (lookAlike.test(name) || becomesAnother(name)) return 'it holds a character that passes for a separator or a dot'
  if (reserved.test(name)) return 'it holds one of : * ? " < > |'
  if (name.startsWith('/')) return 'it is absolute'
  for (const part of name.split('/')) {
    const why = mistakeOfPart(part, options)
    if (why) return why
  }
  return undefined
}

/** Normal forms are asked too: what a file system keeps may not be what was looked at. */
const becomesAnother = (name: string): boolean => structure(name.normalize('NFKC')) !== structure(name)
const structure = (name: string): string => name.replace(/[^./\\:]/gu, '')

function mistakeOfPart(part: string, { hidden = false }: NameOptions): string | undefined {
  if (part === '') return 'a part of it is empty'
  if (part === '.') return "'.' is a part of it"
  // `..;` and its like are a way up for some servers.
  if (part.startsWith('..')) return "a part of it begins with '..'"
  if (Buffer.byteLength(part) > longestPart) return `a part of it is longer than ${longestPart} bytes`
  if (/^[\s~]/u.test(part)) return 'a part of it begins with a space or ~'
  if (/[.\s]$/u.test(part)) return 'a part of it ends in a dot or a space'
  if (device.test(part)) return 'a part of it is the name of a device'
  if (part.startsWith('.') && !hidden) return 'a part of it begins with a dot'
  return undefined
}
