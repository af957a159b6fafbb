import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { command } from './command/command.ts'
import { exit } from './command/exit.ts'
import { writing } from './command/writing.ts'
import { projectOptions } from './project/options.ts'

export const openapi = command({
  name: 'openapi',
  summary: 'Print the OpenAPI 3.1 document of the API',
  about: `Prints what a running app serves at /openapi.json, without starting it.`,
  arguments: [],
  options: {
    out: { value: 'file', summary: 'Write the document to a file instead' },
    ...projectOptions,
  },
  examples: [
    { line: 'bede openapi --out openapi.json', says: 'Writes the document, for a client generator or a review' },
  ],
  async run({ options, terminal, folder }) {
    const { openProject } = await import('./project/project.ts')
    const { sessionCookie } = await import('../identity/session-cookie.ts')
    const { openApiDocument } = await import('../surface/openapi/document.ts')
    const { manifest, app } = await openProject(options, folder)
    const { authorization, problem } = app.options
    const cookie = sessionCookie(manifest, false)
    const document = openApiDocument(manifest, {
      ...authorization,
      ...(cookie && { cookie: cookie.name }),
      ownProblems: problem !== undefined,
    })
    const text = JSON.stringify(document, null, 2)
    const { out } = options
    if (out === undefined) terminal.out(text)
    else writing(out, () => writeFileSync(resolve(folder, out), `${text}\n`))
    return exit.fine
  },
})
