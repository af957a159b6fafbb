import { inspect } from 'node:util'
import { nearest } from '../telemetry/nearest.ts'
import { isProblem, Problem } from '../telemetry/problem.ts'
import type { Command, Invocation } from './command/command.ts'
import { type ExitCode, exit } from './command/exit.ts'
import { commandHelp, overview } from './command/help.ts'
import { parse } from './command/parse.ts'
import { version } from './command/version.ts'
import { commands } from './commands.ts'
import { debugging } from './settings/variables.ts'
import { printable } from './terminal/printable.ts'
import { problemJson, problemText } from './terminal/problem.ts'

type Surroundings = Pick<Invocation, 'terminal' | 'folder' | 'environment'>

/**
 * Runs one command line and answers its exit code. Whatever is refused is written as a sentence and a hint; with
 * `--json`, as JSON on the answer's stream.
 */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { terminal } = surroundings
  const asked = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  try {
    return await dispatch(words, surroundings)
  } catch (error) {
    const problem = told(error)
    if (debugging(surroundings.environment) && error instanceof Error) terminal.say(inspect(error))
    if (asked.includes('--json')) terminal.out(JSON.stringify(problemJson(problem), null, 2))
    else terminal.say(problemText(problem, terminal))
    return codeOf(problem)
  }
}

async function dispatch(words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { terminal } = surroundings
  const [first, ...rest] = words
  if (first === undefined) {
    terminal.say(overview(commands, terminal))
    return exit.usage
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    const named = first === 'help' && rest[0] !== undefined ? find(rest[0], rest[1]) : undefined
    terminal.out(named ? commandHelp(named, terminal) : overview(commands, terminal))
    return exit.fine
  }
  if (first === '--version' || first === '-v') {
    terminal.out(`bede ${version()}, Node ${process.versions.node}`)
    return exit.fine
  }
  const command = find(first, rest[0])
  const parsed = parse(command, command.name === first ? rest : rest.slice(1))
  if (parsed.help) {
    terminal.out(commandHelp(command, terminal))
    return exit.fine
  }
  return await command.run({ ...surroundings, arguments: parsed.arguments, options: parsed.options })
}

/** A command's name is one word, or two: `migrate apply`. */
function find(name: string, second?: string): Command {
  const found = commands.find((command) => command.name === name || command.name === `${name} ${second}`)
  if (found) return found
  const family = commands.filter((command) => command.name.startsWith(`${name} `)).map((command) => command.name)
  if (family.length > 0) throw unknownOfFamily(name, second, family)
  const meant = nearest(
    name,
    commands.map((command) => command.name),
  )
  throw new Problem('usage', {
    message: `bede has no command '${printable(name)}'.`,
    hint: meant ? `Perhaps you meant bede ${meant}.` : 'See: bede --help',
  })
}

function unknownOfFamily(name: string, second: string | undefined, family: readonly string[]): Problem {
  const listed = family.map((each) => `bede ${each}`).join(', ')
  if (second === undefined || second.startsWith('-')) {
    return new Problem('usage', { message: `bede ${name} needs one word more.`, hint: `One of: ${listed}.` })
  }
  const meant = nearest(`${name} ${second}`, family)
  return new Problem('usage', {
    message: `bede has no command '${printable(`${name} ${second}`)}'.`,
    hint: meant ? `Perhaps you meant bede ${meant}.` : `One of: ${listed}.`,
  })
}

/** What a caller could meet and mistakes in a declaration are findings; what was typed or set wrong is usage; all else kept the command from running. */
function codeOf({ code, status }: Problem): ExitCode {
  if (code === 'usage' || code === 'invalid-setting') return exit.usage
  return findings.has(code) || status < 500 ? exit.found : exit.failed
}

const findings = new Set<string>([
  'invalid-declaration',
  'broken-module',
  'unknown-operation',
  'not-an-app',
  'unaccepted-loss',
  'impossible-migration',
])

/** A failure within a call is told to its caller in words for strangers; here is nobody but whoever runs it. */
function told(error: unknown): Problem {
  if (!isProblem(error)) return new Problem('internal', { message: reasonOf(error), hint: reportHint, cause: error })
  if (error.code !== 'internal') return error
  return new Problem('internal', { message: error.message, hint: 'BEDE_DEBUG=1 shows what it was.', cause: error })
}

const reasonOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
const reportHint = 'This is a mistake in Bede itself. BEDE_DEBUG=1 shows where it came from.'
