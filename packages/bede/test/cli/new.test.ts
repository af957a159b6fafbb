import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writeProject } from '../../src/cli/new/project.ts'
import { isProblem } from '../../src/telemetry/problem.ts'

const root = mkdtempSync(join(tmpdir(), 'bede-new-'))
after(() => rmSync(root, { recursive: true }))

const packageOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

function refused(folder: string): string {
  try {
    writeProject(folder)
  } catch (error) {
    if (!isProblem(error)) throw error
    assert.equal(error.code, 'folder-in-use')
    return error.message
  }
  return assert.fail('it was written')
}

test('a new folder gets a whole project', () => {
  const folder = join(root, 'blog')
  const files = writeProject(folder)
  for (const file of ['.gitignore', 'AGENTS.md', 'README.md', 'app.ts', 'package.json', 'tsconfig.json']) {
    assert.ok(files.includes(file), file)
  }
  assert.ok(!files.includes('gitignore'))
  assert.equal(packageOf(folder).name, 'blog')
  assert.match(readFileSync(join(folder, 'app.ts'), 'utf8'), /name: 'blog'/)
  assert.match(packageOf(folder).dependencies.bede, /^(\^0\.|file:)/)
})

test('an empty folder is taken', () => {
  const folder = join(root, 'empty')
  mkdirSync(folder)
  assert.ok(writeProject(folder).length > 5)
})

test('a folder with anything in it is refused, and nothing in it changes', () => {
  const folder = join(root, 'mine')
  mkdirSync(folder)
  writeFileSync(join(folder, 'app.ts'), 'mine')
  assert.match(refused(folder), /is not empty: it holds app\.ts/)
  assert.deepEqual(readdirSync(folder), ['app.ts'])
  assert.equal(readFileSync(join(folder, 'app.ts'), 'utf8'), 'mine')
  assert.match(refused(join(folder, 'app.ts')), /is a file/)
})

test('a hostile name is a folder name and nothing else', () => {
  for (const name of [
    '$(touch pwned)',
    '"; rm -rf x; "',
    '`id`',
    ['$', '{process.exit(9)}'].join(''),
    '-rf',
    "it's",
    'Ünïcode Näme',
    '__proto__',
    '\u001b[31mred',
  ]) {
    const folder = join(root, name)
    writeProject(folder)
    const { name: written } = packageOf(folder)
    assert.match(written, /^[a-z0-9][a-z0-9._-]*$/, name)
    const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'package.json')
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    if (name.length > 5) assert.ok(!texts.some((text) => text.includes(name)), name)
  }
  assert.ok(!readdirSync(root).includes('pwned'))
})
