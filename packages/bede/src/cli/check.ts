import { platformSchema } from '../manifest/platform/names.ts'
import { command } from './command/command.ts'
import { exit } from './command/exit.ts'
import { projectOptions } from './project/options.ts'
import { policyLines } from './project/policy-lines.ts'
import { routeRows } from './serve/routes.ts'
import { table } from './terminal/table.ts'

export const check = command({
  name: 'check',
  summary: 'Find every mistake of the declaration, without starting anything',
  about: `Loads the app, links every name and verifies every declaration. Prints all mistakes at once, each with its
place and what to do; or what is declared, if there are none. Types are the compiler's work: tsc --noEmit.`,
  arguments: [],
  options: {
    policies: { summary: 'Print who may do what: roles, operations and fields, as the policies say it' },
    json: { summary: 'Answer as JSON: with the manifest, or the mistakes; with --policies who may do what' },
    ...projectOptions,
  },
  examples: [
    { line: 'bede check', says: 'Exit code 0 when all is well, 1 when there are mistakes' },
    { line: 'bede check --policies', says: 'Who may do what, without asking a database' },
    { line: 'bede check --json > manifest.json', says: 'The whole backend as one JSON document' },
  ],
  async run({ options, terminal, folder }) {
    const { openProject } = await import('./project/project.ts')
    const { manifest } = await openProject(options, folder)
    if (options.policies) {
      const { policyMatrix } = await import('../practice/policies/matrix.ts')
      const matrix = policyMatrix(manifest)
      const bold = (text: string) => terminal.answered('bold', text)
      terminal.out(options.json ? JSON.stringify(matrix, null, 2) : policyLines(matrix, bold).join('\n'))
      return exit.fine
    }
    if (options.json) {
      terminal.out(JSON.stringify(manifest, null, 2))
      return exit.fine
    }
    const own = Object.keys(manifest.models).filter((name) => manifest.models[name]?.schema !== platformSchema)
    const counts = [
      [own.length, 'model', 'models'],
      [own.filter((name) => Object.hasOwn(manifest.policies, name)).length, 'policy', 'policies'],
      [Object.keys(manifest.views).length, 'view', 'views'],
      [Object.keys(manifest.events).length, 'event', 'events'],
      [Object.keys(manifest.operations).length, 'operation', 'operations'],
    ] as const
    const summary = counts.map(([count, one, many]) => `${count} ${count === 1 ? one : many}`).join(', ')
    terminal.out(
      [
        `${terminal.answered('green', '✓')} ${terminal.answered('bold', manifest.name)}: ${summary}`,
        '',
        ...table(routeRows(manifest), '  ', [(method) => terminal.answered('cyan', method)]),
      ].join('\n'),
    )
    return exit.fine
  },
})
