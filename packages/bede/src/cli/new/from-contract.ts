import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compared } from '../../practice/contract/compare.ts'
import type { Left } from '../../practice/contract/left.ts'
import { Problem } from '../../telemetry/problem.ts'
import { writing } from '../command/writing.ts'
import { printable } from '../terminal/printable.ts'
import { filesIn, packageName, refuseUnlessEmpty, writeDeclared } from './project.ts'
import { openStage } from './stage.ts'

export interface FromContract {
  readonly files: readonly string[]
  readonly operations: number
  readonly models: number
  readonly compared: Compared
  readonly left: readonly Left[]
}

/** Larger than any contract that people write. */
const LARGEST = 64 * 1024 * 1024

/**
 * Writes a project that serves the contract in `file`, with handlers that are not written yet. It is loaded, verified
 * and compared with the contract before anything is put into `folder`, which is as it was where that fails.
 *
 * Throws the Problems `usage` for a file that is no contract, and `folder-in-use`.
 */
export async function projectFromContract(folder: string, shown: string, file: string): Promise<FromContract> {
  const text = textOfFile(file)
  refuseUnlessEmpty(folder)
  const [{ readContract }, { contractProject }, { compareContract }, { contractReport }] = await Promise.all([
    import('../../practice/contract/read.ts'),
    import('../../practice/contract/contract.ts'),
    import('../../practice/contract/compare.ts'),
    import('../../practice/contract/report.ts'),
  ])
  const root = await readContract(text)
  const project = contractProject(root, packageName(folder))
  if (project.operations.length === 0)
    throw new Problem('usage', { message: 'The contract has no operation that can be served.' })
  const stage = openStage()
  try {
    const made = { ...project.files, 'README.md': readme(project.operations.length) }
    writing(stage.folder, () => writeDeclared(stage.folder, packageName(folder), made))
    const [{ openProject }, { openApiDocument }] = await Promise.all([
      import('../project/project.ts'),
      import('../../surface/openapi/document.ts'),
    ])
    const { manifest } = await openProject({}, stage.folder)
    const compared = compareContract(root, openApiDocument(manifest))
    writing(stage.folder, () => writeFileSync(join(stage.folder, 'CONTRACT.md'), contractReport(project, compared)))
    stage.place(folder, shown)
    const { operations, models, left } = project
    return { files: filesIn(stage.folder), operations: operations.length, models: models.length, compared, left }
  } finally {
    stage.drop()
  }
}

function textOfFile(file: string): string {
  // What has a scheme may have a password too: it is not shown.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(file))
    throw new Problem('usage', {
      message: '--from takes the address of a PostgreSQL database, or a file with a contract: this is neither.',
      hint: 'Nothing is fetched. Save the contract to a file and name that.',
    })
  const name = printable(file)
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile())
    throw new Problem('usage', {
      message: `--from names no file: ${name}`,
      hint: 'Name a file with OpenAPI 3.0 or 3.1.',
    })
  if (found.size > LARGEST) throw new Problem('usage', { message: `${name} is larger than 64 MB` })
  return readFileSync(file, 'utf8')
}

const readme = (operations: number): string => `# A backend made from a contract

\`\`\`sh
npm install
npm run dev
\`\`\`

It serves at http://127.0.0.1:3000, with the API reference at http://127.0.0.1:3000/docs. Each of its ${operations} operations answers 501 until its handler is written.

| folder | what is in it |
|---|---|
| \`api/\` | the operations, a file for each tag: paths, inputs, answers, and handlers to write |
| \`shapes/\` | the schemas that bodies and answers are made of |
| \`models/\` | models for the schemas that operations answer with |
| \`services/\` | who may do what (**nobody, until you say who**) |

[CONTRACT.md](CONTRACT.md) says what of the contract is served as it stands, and what is not.
`
