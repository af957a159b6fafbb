import { parseArgs } from 'node:util'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { printable } from '../terminal/printable.ts'
import type { Command, Options, OptionValues } from './command.ts'

/** A command line, read: what the command gets, or that its help was asked for. */
export type Parsed =
  | { readonly help: true }
  | { readonly help: false; readonly arguments: Record<string, string>; readonly options: OptionValues<Options> }

/**
 * Reads the words after a command's name. Throws a Problem `usage` that says what was not understood, what was probably
 * meant and where the help is.
 */
export function parse(command: Command, words: readonly string[]): Parsed {
  const { tokens } = parseArgs({
    args: [...words],
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        Object.entries(command.options).map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' }]),
      ),
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const names = [...Object.keys(command.options), 'help']
  const options: Record<string, string | true | undefined> = Object.create(null)
  const given: string[] = []
  let help = false
  for (const token of tokens) {
    if (token.kind === 'positional') given.push(token.value)
    if (token.kind !== 'option') continue
    if (token.name === 'help') help = true
    else if (!Object.hasOwn(command.options, token.name)) throw unknownOption(command, token.rawName, names)
    else options[token.name] = read(command, token.name, token.rawName, token.value, token.inlineValue)
  }
  if (help) return { help }
  return { help, arguments: match(command, given), options }
}

function read(command: Command, name: string, raw: string, value: string | undefined, inline: boolean | undefined) {
  const { value: wanted } = command.options[name]!
  if (!wanted) {
    if (value !== undefined) throw misused(command, `${raw} is a switch and takes no value.`)
    return true
  }
  const missing = value === undefined || value === '' || (!inline && value.startsWith('-'))
  if (missing) throw misused(command, `${raw} needs a value: ${raw} <${wanted}>.`)
  return value
}

function match(command: Command, given: readonly string[]): Record<string, string> {
  const found: Record<string, string> = Object.create(null)
  for (const [i, { name, summary }] of command.arguments.entries()) {
    const word = given[i]
    if (word === undefined || word === '') throw misused(command, `<${name}> is missing: ${summary}.`)
    found[name] = word
  }
  const extra = given[command.arguments.length]
  if (extra !== undefined) throw misused(command, `'${printable(extra)}' is one word too many.`)
  return found
}

function unknownOption(command: Command, raw: string, names: readonly string[]): Problem {
  const meant = nearest(raw.replace(/^-+/, ''), names)
  return new Problem('usage', {
    message: `bede ${command.name} has no option '${printable(raw)}'.`,
    hint: meant ? `Perhaps you meant --${meant}.` : seeHelp(command),
  })
}

const misused = (command: Command, message: string) => new Problem('usage', { message, hint: seeHelp(command) })
const seeHelp = (command: Command) => `See: bede ${command.name} --help`
