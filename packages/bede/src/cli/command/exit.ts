/** What the command's exit code says to whoever started it. */
export const exit = {
  /** All is well. */
  fine: 0,
  /** It ran, and found something that needs a person: mistakes in a declaration. */
  found: 1,
  /** The command line was not understood; nothing was done. */
  usage: 2,
  /** It could not run: no app file, no database, no free port. */
  failed: 3,
} as const

export type ExitCode = (typeof exit)[keyof typeof exit]
