import type { Terminal } from '../terminal/terminal.ts'
import type { ExitCode } from './exit.ts'

/** One `--option`. A `value` option takes one, named so in the help; the others are switches. */
export interface Option {
  readonly value?: string
  readonly summary: string
}
export type Options = Readonly<Record<string, Option>>

/** What was typed for each option: a value, true for a switch, undefined for what was left out. */
export type OptionValues<O extends Options> = { readonly [Name in keyof O]: OptionValue<O[Name]> }
type OptionValue<O extends Option> = Option extends O
  ? string | true | undefined
  : O extends { readonly value: string }
    ? string | undefined
    : true | undefined

/** One word after the command's name. */
export interface Argument {
  readonly name: string
  readonly summary: string
}

/** Everything a command may look at: nothing reads the process's own arguments, folder or environment but `main.ts`. */
export interface Invocation<O extends Options = Options> {
  readonly arguments: Readonly<Record<string, string>>
  readonly options: OptionValues<O>
  readonly terminal: Terminal
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** One command of `bede`, with all that its help says. */
export interface Command<O extends Options = Options> {
  readonly name: string
  readonly summary: string
  readonly about: string
  readonly arguments: readonly Argument[]
  readonly options: O
  readonly examples: readonly { readonly line: string; readonly says: string }[]
  run(invocation: Invocation<O>): Promise<ExitCode>
}

/** Fixes the options' names, so that `run` sees each by its own type. */
export const command = <const O extends Options>(definition: Command<O>): Command<O> => definition
