import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { failureDetails } from '../../src/cli/project/failure.ts'
import { loadModules } from '../../src/cli/project/modules.ts'

const folder = mkdtempSync(join(tmpdir(), 'bede-loading-'))
after(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const load = (name: string) => loadModules(pathToFileURL(join(folder, name)))
const details = async (name: string) => (await load(name)).failures.flatMap((error) => failureDetails(error, folder))

write('package.json', '{"type":"module"}')

test('modules are loaded anew each time, with all that they import', async () => {
  write('leaf.ts', 'export const leaf: number = 1\n')
  write('root.ts', "import { leaf } from './leaf.ts'\nexport default { leaf }\n")
  const first = await load('root.ts')
  assert.deepEqual(first.exports?.default, { leaf: 1 })
  assert.deepEqual([...first.files.keys()].sort(), [join(folder, 'leaf.ts'), join(folder, 'root.ts')])
  write('leaf.ts', 'export const leaf: number = 2\n')
  assert.deepEqual((await load('root.ts')).exports?.default, { leaf: 2 })
})

test('a module that a handler imports later belongs to the loading of the module that imports it', async () => {
  write('late.ts', 'export const late = 1\n')
  write('handler.ts', "export const handler = async () => (await import('./late.ts')).late\n")
  const { exports } = await load('handler.ts')
  write('late.ts', 'export const late = 2\n')
  const second = await load('handler.ts')
  const call = (found: unknown) => (typeof found === 'function' ? found() : assert.fail('no handler'))
  assert.equal(await call(second.exports?.handler), 2)
  assert.equal(await call(exports?.handler), 2, 'each loading has its own copy, read when it is first imported')
})

test('the mistakes of all files are found at once, each with its place and its line', async () => {
  write('enum.ts', 'export const a = 1\nenum Status { Draft }\n')
  write('comma.ts', 'export const b = { a: 1,, }\n')
  write('broken.ts', "import './enum.ts'\nimport './comma.ts'\nimport { leaf } from './leaf'\nexport default leaf\n")
  const found = await details('broken.ts')
  assert.deepEqual(
    found.map(({ place }) => place),
    ['enum.ts:2:1', 'comma.ts:1:25', 'broken.ts:3:23'],
  )
  assert.match(found[0]!.message, /^TypeScript enum is not supported in strip-only mode\.\n {2}2 \| enum Status/)
  assert.match(found[0]!.hint ?? '', /choice/)
  assert.equal(found[2]!.hint, "Write the whole name: add '.ts' to the import.")
  for (const { message } of found) assert.doesNotMatch(message, /node:internal|bede-load/)
})

test('an error while a module runs is shown at the line of the project that caused it', async () => {
  write('throws.ts', 'const nothing: { a?: { b: number } } = {}\nexport const c = (nothing.a as { b: number }).b\n')
  const [found] = await details('throws.ts')
  assert.match(found!.place, /^throws\.ts:2:\d+$/)
  assert.match(found!.message, /^TypeError: Cannot read properties of undefined/)
})

test('an import that leads nowhere is shown where it stands, not where its name comes up first', async () => {
  write('note.ts', 'export const note = 1\n')
  write(
    'names.ts',
    "// import the note from 'note.ts'\nimport { note as first } from './note.ts'\nimport note from './models/note.ts'\nimport 'no-such-package-anywhere/note.ts'\nexport default [first, note]\n",
  )
  assert.deepEqual((await details('names.ts')).map(({ place }) => place).sort(), ['names.ts:3:19', 'names.ts:4:9'])
})

test('a package that is not installed and an export that is not there are named', async () => {
  write('package-missing.ts', "import 'no-such-package-anywhere'\n")
  assert.equal(
    (await details('package-missing.ts'))[0]?.message.split('\n')[0],
    "There is no package 'no-such-package-anywhere'.",
  )
  write('export-missing.ts', "import { twig } from './leaf.ts'\nexport default twig\n")
  write('of-export-missing.ts', "import './export-missing.ts'\nexport default 1\n")
  write('all-of-it.ts', "import './of-export-missing.ts'\nimport './export-missing.ts'\n")
  const [found, ...more] = await details('all-of-it.ts')
  assert.deepEqual(more, [])
  assert.equal(found!.place, 'export-missing.ts:1:10')
  assert.match(found!.hint ?? '', /import type/)
})

test('modules that throw are all found, each once', async () => {
  write('one.ts', "export const one = [].at(0)!['x']\n")
  write('two.ts', "import './one.ts'\nexport const two = 2\n")
  write('three.ts', "throw new Error('a mistake of its own')\n")
  write('several.ts', "import './two.ts'\nimport './three.ts'\n")
  assert.deepEqual((await details('several.ts')).map(({ place }) => place).sort(), ['one.ts:1:29', 'three.ts:1:7'])
})
