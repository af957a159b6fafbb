import { Problem } from '../../telemetry/problem.ts'

/** First characters by which programs take an argument for something other than a name: options, lists of more arguments, pipes. */
const marks = /^[-+@|]/
/** Together, in bytes; far below what systems take. */
const longest = 65_536

/**
 * Holds arguments to what a program was declared with: whatever begins with `-`, `+`, `@` or `|` is one of its `options`.
 * So a caller's text is never an option that the app did not foresee, wherever a handler puts it. Throws the Problem
 * `unsafe-argument` (400).
 */
export function checkArguments(given: readonly string[], options: readonly string[]): readonly string[] {
  let bytes = 0
  for (const [index, argument] of given.entries()) {
    const why = mistakeOf(argument, options)
    // The argument itself may be a caller's text, and is not repeated.
    if (why) throw refused(`Argument ${index + 1} ${why}`)
    bytes += Buffer.byteLength(argument) + 1
  }
  if (bytes > longest) throw refused(`The arguments are longer than ${longest} bytes`)
  return given
}

function mistakeOf(argument: unknown, options: readonly string[]): string | undefined {
  if (typeof argument !== 'string') return 'is not text'
  if (argument.includes('\0')) return 'holds a NUL character'
  if (!argument.isWellFormed()) return 'holds half a character'
  if (!marks.test(argument) || options.includes(argument)) return undefined
  if (options.some((option) => option.endsWith('=') && argument.startsWith(option))) return undefined
  return `begins with ${argument.charAt(0)} and is not among the options that the program may be given`
}

const refused = (message: string): Problem =>
  new Problem('unsafe-argument', {
    message,
    hint: 'Name what the app itself passes among options in exec; give what callers send as input or in files.',
  })
