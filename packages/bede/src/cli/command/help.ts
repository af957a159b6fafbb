import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Command } from './command.ts'

/** The help of one command: what it does, how it is called, each option, and an example that works as it stands. */
export function commandHelp(command: Command, terminal: Terminal): string {
  const bold = (text: string) => terminal.answered('bold', text)
  const words = command.arguments.map(({ name }) => ` <${name}>`).join('')
  const options = Object.entries(command.options).map(([name, { value, summary }]) => [
    `--${name}${value ? ` <${value}>` : ''}`,
    summary,
  ])
  return [
    `${bold(`bede ${command.name}${words}`)}  ${command.summary}`,
    '',
    ...command.about.split('\n'),
    '',
    ...section(
      bold('Arguments'),
      command.arguments.map(({ name, summary }) => [`<${name}>`, summary]),
    ),
    ...section(bold('Options'), [...options, ['--help', 'Show this']]),
    bold(command.examples.length > 1 ? 'Examples' : 'Example'),
    ...command.examples.flatMap(({ line, says }) => [`  ${line}`, `      ${says}`]),
  ].join('\n')
}

/** The help of `bede` itself: every command in a line. */
export function overview(commands: readonly Command[], terminal: Terminal): string {
  const bold = (text: string) => terminal.answered('bold', text)
  const rows = commands.map(({ name, arguments: words, summary }) => [
    `bede ${name}${words.map((word) => ` <${word.name}>`).join('')}`,
    summary,
  ])
  return [
    `${bold('bede')}  Declare a backend once, in typed TypeScript values, and run it`,
    '',
    ...section(bold('Commands'), rows),
    ...section(bold('Options'), [
      ['--help', 'Show this; after a command, its options and an example'],
      ['--version', 'Print the version of Bede and of Node'],
    ]),
    bold('Example'),
    '  bede new blog && cd blog && npm install && npm run dev',
    '      Writes a small backend into the folder blog, installs it and serves it at http://127.0.0.1:3000',
    '',
    bold('Exit codes'),
    '  0  fine    1  found mistakes    2  the command line was not understood    3  could not run',
  ].join('\n')
}

const section = (title: string, rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : [title, ...table(rows), '']
