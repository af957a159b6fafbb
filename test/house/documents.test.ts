import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Block, blocksOf } from './documents/blocks.ts'
import { closeWorkshop, openWorkshop, type Project, WORKSHOP, writeProject } from './documents/project.ts'
import { checkShown } from './documents/shown.ts'
import { files, read, root } from './tree.ts'

const DOCUMENTS =
  /^([A-Z]+\.md|docs\/.*\.md|(packages|examples)\/[^/]+\/[^/]+\.md|packages\/bede\/usage-rules\/[^/]+\.md)$/

/** A document's modules that take longer than this, in milliseconds, wait for something. */
const RUN_TIMEOUT = 60_000

const documents = files(DOCUMENTS).map((path) => ({ path, blocks: blocksOf(read(path)) }))

openWorkshop()
const projects = new Map(documents.map(({ path, blocks }) => [path, writeProject(path, blocks)]))

/** What the compiler says about all documents, one run for all of them; file names and lines are the documents' own. */
let complaints: string[] = []

before(() => {
  if ([...projects.values()].every(({ modules }) => modules.length === 0)) return
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const run = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', WORKSHOP], { cwd: root, encoding: 'utf8' })
  complaints = run.stdout.split('\n').filter((line) => line.trim() !== '')
  assert.ok(run.status === 0 || complaints.length > 0, run.stderr)
})

after(closeWorkshop)

test('the README says where every document is', () => {
  const readme = read('README.md')
  const missing = files(/^docs\/.*\.md$/).filter((path) => !readme.includes(`](${path})`))
  assert.deepEqual(missing, [], 'add them under "Where to read on"')
})

for (const { path, blocks } of documents) {
  const project = projects.get(path)
  if (blocks.length === 0 || !project) continue
  describe(path, () => {
    if (project.modules.length > 0) {
      test('its TypeScript compiles', () => assert.equal(complaintsAbout(project).join('\n'), ''))
    }
    if (project.modules.some(({ run }) => run)) test('its TypeScript runs', () => runModules(project))
    for (const block of blocks) if (block.language !== 'ts') shown(block)
  })
}

function shown({ language, text, line }: Block): void {
  const name = `line ${line - 1} (${language || 'no language'})`
  test(name, () => checkShown(language, text))
}

function complaintsAbout({ document, folder }: Project): string[] {
  const prefix = `${relative(root, folder).replaceAll('\\', '/')}/`
  const from = complaints.findIndex((line) => line.startsWith(prefix))
  if (from < 0) return []
  // A complaint goes on in indented lines, which belong to the file named above them.
  let own = false
  return complaints.slice(from).flatMap((line) => {
    if (!line.startsWith(' ')) own = line.startsWith(prefix)
    return own ? [line.replace(prefix, `${document}: `)] : []
  })
}

/** Imports a document's modules in one process, in order, as a program made of them would. */
function runModules({ document, folder, modules }: Project): void {
  const imports = modules.filter(({ run }) => run).map(({ path }) => `await import('./${path}')`)
  const program = [...imports, 'process.exit()'].join('\n')
  const args = ['--conditions=bede-source', '--input-type=module', '--eval', program]
  const run = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: RUN_TIMEOUT })
  const output = `${run.stdout}${run.stderr}`.replaceAll(folder, document)
  assert.equal(run.status, 0, run.error?.message ?? `line numbers are the document's\n${output}`)
}
