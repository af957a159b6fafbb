import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { files, read } from './tree.ts'

const FOLDER = 'packages/bede/usage-rules/'
const INDEX = `${FOLDER}README.md`

/** An agent loads a whole file into what it can keep in mind. */
const MOST_LINES = 90

const rules = files(/^packages\/bede\/usage-rules\/[^/]+\.md$/).filter((path) => path !== INDEX)
const documents = files(/^docs\/.*\.md$/)
const named = (text: string): string[] => [...text.matchAll(/usage-rules\/([\w-]+\.md)/g)].map(([, name = '']) => name)

test('the index of the rules for coding agents names every file', () => {
  const index = read(INDEX)
  const missing = rules.map((path) => basename(path)).filter((name) => !index.includes(`](${name})`))
  assert.deepEqual(missing, [], `name them in ${INDEX}`)
})

test('the rules are part of the package', () => {
  const { files }: { files?: string[] } = JSON.parse(read('packages/bede/package.json'))
  assert.ok(files?.includes('usage-rules'))
})

test('a guide with a BAD example names the rules of its piece, which are there', () => {
  const known = new Set(rules.map((path) => basename(path)))
  const wrong = documents
    .filter((path) => /\bBAD\b/.test(read(path)))
    .filter((path) => {
      const names = named(read(path))
      return names.length === 0 || names.some((name) => !known.has(name))
    })
  assert.deepEqual(wrong, [], 'end them with: Rules for coding agents: `packages/bede/usage-rules/<piece>.md`.')
})

test('every file of rules is named by a guide or a reference', () => {
  const told = new Set(documents.flatMap((path) => named(read(path))))
  assert.deepEqual(
    rules.map((path) => basename(path)).filter((name) => !told.has(name)),
    [],
  )
})

test(`each file of rules is short, and shows what is good beside what is bad`, () => {
  for (const path of rules) {
    const text = read(path)
    assert.ok(text.split('\n').length <= MOST_LINES, `${path} has more than ${MOST_LINES} lines`)
    if (path.endsWith('/overview.md')) continue
    assert.match(text, /\bGOOD\b/, path)
    assert.match(text, /\bBAD\b/, path)
  }
})
