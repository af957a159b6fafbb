import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { files, read } from './tree.ts'

/** A file that grows past this is two concepts in one place. */
const MOST_LINES = 400

/** Names that say where something was put, not what it is. */
const NAMELESS = new Set(['utils.ts', 'util.ts', 'helpers.ts', 'helper.ts', 'types.ts', 'misc.ts', 'common.ts'])

const sources = files(/^packages\/[^/]+\/(src|bin)\/.*\.[jt]sx?$/)

test(`no source file is longer than ${MOST_LINES} lines`, () => {
  const long = sources
    .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path}: ${lines}`)
  assert.deepEqual(long, [], 'find the concept that is missing and give it a file')
})

test('a file is named for the concept it holds', () => {
  const nameless = files(/\.ts$/).filter((path) => NAMELESS.has(basename(path)))
  assert.deepEqual(nameless, [], 'name the file for what is in it')
})

test('an index.ts of a package only re-exports', () => {
  const wrong = files(/^packages\/[^/]+\/src\/(.*\/)?index\.ts$/).filter((path) =>
    /^(export )?(declare |async |default |abstract )*(const|let|var|function|class|enum)\b/m.test(read(path)),
  )
  assert.deepEqual(wrong, [], 'an index.ts is the public face and nothing else')
})
