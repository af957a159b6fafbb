import type { Template } from '../sql/compile.ts'
import { command } from './command/command.ts'
import { exit } from './command/exit.ts'
import { projectOptions } from './project/options.ts'
import type { DatabaseChoice } from './serve/database.ts'
import { readSettings } from './settings/settings.ts'
import { layout } from './sql/layout.ts'
import { table } from './terminal/table.ts'

export const sql = command({
  name: 'sql',
  summary: 'Show the one SQL statement of an operation, with its policies',
  about: `Shows the statement that the operation runs, laid out for reading, and where each parameter comes from.
The policy of every model it touches is part of it. What a caller may leave out changes the statement: say
what is sent with --with. With --explain, the database's own plan follows.`,
  arguments: [{ name: 'operation', summary: 'the name of an operation; bede check lists them' }],
  options: {
    with: {
      value: 'inputs',
      summary: 'Optional inputs that are sent, with commas between them; the last part of a name will do',
    },
    anonymous: { summary: 'As for a caller who is not signed in' },
    explain: { summary: 'Also show the plan of the database (DATABASE_URL, else the embedded one)' },
    json: { summary: 'Answer with the statement and its parameters as JSON' },
    ...projectOptions,
    data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
  },
  examples: [
    { line: 'bede sql note.list --with authorId', says: 'The statement of a list that is filtered by author' },
    { line: 'bede sql latest --anonymous --explain', says: 'What anybody runs, and how the database goes about it' },
  ],
  async run({ arguments: { operation = '' }, options, terminal, folder, environment }) {
    const { openProject } = await import('./project/project.ts')
    const { slotText, statementOf } = await import('./sql/statement.ts')
    const { manifest, folder: root } = await openProject(options, folder)
    const typed = options.with?.split(',').filter((name) => name !== '') ?? []
    const { template, optional, sent } = statementOf(manifest, operation, {
      signedIn: !options.anonymous,
      sent: typed,
    })
    const plan = options.explain
      ? await planOf(template, { url: readSettings(environment).database.url, data: options.data, folder: root })
      : undefined
    if (options.json) {
      const parameters = template.slots.map((slot, i) => ({ parameter: `$${i + 1}`, is: slotText(slot), from: slot }))
      terminal.out(
        JSON.stringify(
          { operation, sql: template.sql, parameters, optional, ...(plan === undefined ? {} : { plan }) },
          null,
          2,
        ),
      )
      return exit.fine
    }
    terminal.out(layout(template.sql))
    const dim = (text: string) => terminal.answered('dim', text)
    if (template.slots.length > 0) {
      terminal.out(
        [
          '',
          ...table(
            template.slots.map((slot, i) => [dim(`-- $${i + 1}`), dim(slotText(slot))]),
            '',
          ),
        ].join('\n'),
      )
    }
    const unsent = optional.filter((name) => !sent.includes(name))
    if (unsent.length > 0)
      terminal.out(`\n${dim(`-- not sent: ${unsent.join(', ')}; --with shows the statement with them`)}`)
    if (plan !== undefined) terminal.out(`\n${plan}`)
    return exit.fine
  },
})

async function planOf(template: Template, choice: DatabaseChoice): Promise<string> {
  const { chooseDatabase } = await import('./serve/database.ts')
  const { explain } = await import('./sql/explain.ts')
  return explain(chooseDatabase(choice), template)
}
