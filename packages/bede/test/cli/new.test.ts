import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { newProject } from '../../src/cli/new/new.ts'
import { openStage } from '../../src/cli/new/stage.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { bede } from './bede.ts'

const root = mkdtempSync(join(tmpdir(), 'bede-new-'))
after(() => rmSync(root, { recursive: true }))

const packageOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

function refused(folder: string): string {
  try {
    newProject(folder, folder)
  } catch (error) {
    if (!isProblem(error)) throw error
    assert.equal(error.code, 'folder-in-use')
    return error.message
  }
  return assert.fail('it was written')
}

test('a new folder gets a whole project', () => {
  const folder = join(root, 'blog')
  const files = newProject(folder, folder)
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
  assert.ok(newProject(folder, folder).length > 5)
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
    newProject(folder, folder)
    const { name: written } = packageOf(folder)
    assert.match(written, /^[a-z0-9][a-z0-9._-]*$/, name)
    const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'package.json')
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    if (name.length > 5) assert.ok(!texts.some((text) => text.includes(name)), name)
  }
  assert.ok(!readdirSync(root).includes('pwned'))
})

const looks = (folder: string) => {
  const { ino, mode, mtimeMs } = statSync(folder)
  return { ino, mode, changed: Math.round(mtimeMs), entries: readdirSync(folder) }
}

test('a run that fails leaves the folder that it stands in as it was, and makes none', () => {
  const folder = join(root, 'here')
  mkdirSync(folder)
  const file = join(root, 'contract.json')
  const contract = { openapi: '3.1.0', info: { title: 'a', version: '1' }, paths: { '/a': { get: { responses: {} } } } }
  const before = looks(folder)
  const others = [...readdirSync(root), 'contract.json'].sort()
  const fails = (words: readonly string[], environment: Record<string, string> = {}) => {
    const { code, out } = bede(words, { folder, environment })
    assert.notEqual(code, 0, out)
    assert.deepEqual(looks(folder), before)
    assert.deepEqual(readdirSync(root).sort(), others)
  }
  writeFileSync(file, JSON.stringify({ ...contract, paths: { '/docs': { get: {} } } }))
  fails(['new', '.', '--from', file])
  writeFileSync(file, JSON.stringify(contract))
  const full = { TMPDIR: join(root, 'no', 'such') }
  fails(['new', '.', '--from', file], full)
  fails(['new', '.'], full)
  fails(['new', '../deep/below', '--from', file], full)
  fails(['new', '.', '--from', 'postgres://nobody@127.0.0.1:1/none'])
  const { code, err } = bede(['new', '.', '--from', file], { folder })
  assert.equal(code, 0, err)
  assert.equal(looks(folder).ino, before.ino)
  assert.ok(readdirSync(folder).includes('CONTRACT.md'))
})

test('what was placed before it failed is taken away again, and nothing else', () => {
  const failing = () => {
    const stage = openStage()
    mkdirSync(join(stage.folder, 'api'))
    writeFileSync(join(stage.folder, 'api/a.ts'), '')
    // It cannot be copied: there is nothing behind it.
    symlinkSync(join(stage.folder, 'nothing'), join(stage.folder, 'zz'))
    return stage
  }
  const there = join(root, 'there')
  mkdirSync(there)
  const before = looks(there)
  const others = readdirSync(root)
  for (const target of [there, join(root, 'not/there/yet')]) {
    const stage = failing()
    assert.throws(
      () => stage.place(target, 'target'),
      (error) => isProblem(error) && error.code === 'cannot-write',
    )
    stage.drop()
    assert.equal(existsSync(stage.folder), false)
    assert.deepEqual(readdirSync(root), others)
  }
  assert.deepEqual(looks(there), before)
  writeFileSync(join(there, 'mine.txt'), 'mine')
  const stage = failing()
  assert.throws(
    () => stage.place(there, 'there'),
    (error) => isProblem(error) && error.code === 'folder-in-use',
  )
  stage.drop()
  assert.deepEqual(readdirSync(there), ['mine.txt'])
})
