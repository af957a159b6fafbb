import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attackClasses } from '../../packages/bede/src/practice/prove/attack-class.ts'
import { files, read } from './tree.ts'

/** What must be held from the first version on: each by an attack on the whole backend, on both stores. */
const DEMANDED = [
  1, 2, 3, 4, 5, 6, 7, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 29, 30, 31, 35, 52, 53, 54, 55, 56,
  57, 58, 60, 62, 64, 65, 66, 67, 68, 69, 71, 74, 75, 76, 102, 103, 124, 125, 127, 129, 130, 131, 132, 133, 134,
]
const TABLE = 'docs/reference/attack-classes.md'
/** Suites of this folder run over PGlite and PostgreSQL. */
const WHOLE = 'packages/bede/test/attacks/'

/** A test whose name begins with a class, `test('class 12: …', …)`, or an entry of a table of tests. Comments do not count. */
const NAMED = /(?:\btest\(\s*|^\s*)[`'"]class (\d+):/gm

const holding = new Map<number, string[]>()
for (const path of files(/^(packages|examples)\/[^/]+\/test\/.*\.test\.ts$/)) {
  for (const [, number] of read(path).matchAll(NAMED)) {
    const paths = holding.get(Number(number)) ?? []
    if (!paths.includes(path)) holding.set(Number(number), [...paths, path])
  }
}

interface Row {
  readonly number: number
  readonly title: string
  readonly state: string
  readonly by: string
}

const rows: readonly Row[] = [...read(TABLE).matchAll(/^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, number, title = '', state = '', by = '']) => ({
    number: Number(number),
    title: title.trim(),
    state: state.trim(),
    by: by.trim(),
  }),
)

const shown = (path: string): string => `\`${path.replace('packages/bede/test/', '')}\``

test('every class that must be held is attacked over HTTP on both stores', () => {
  const missing = DEMANDED.filter((number) => !holding.get(number)?.some((path) => path.startsWith(WHOLE)))
  assert.deepEqual(missing, [], `${WHOLE} has no test whose name begins with "class N:" for these`)
  for (const path of files(/./).filter((path) => path.startsWith(WHOLE) && path.endsWith('.test.ts'))) {
    assert.match(
      read(path),
      /await (\w*[oO]nBothStores|onStores|testStores)\(/,
      `${path} does not run over both stores`,
    )
    assert.doesNotMatch(read(path), /\btest\.(skip|only|todo)\(/, path)
  }
})

test(`${TABLE} has every class once, in order and by the name that bede prove prints`, () => {
  assert.deepEqual(
    rows.map(({ number, title }) => ({ number, title })),
    attackClasses.map(({ number, title }) => ({ number, title })),
  )
  assert.deepEqual(
    attackClasses.map(({ number }) => number),
    attackClasses.map((_, index) => index + 1),
  )
})

test(`${TABLE} says held where a test attacks, and nowhere else`, () => {
  const wrong = rows.flatMap(({ number, state, by }) => {
    const paths = holding.get(number)
    if (paths) {
      const wanted = paths.map(shown).join(', ')
      return state === 'held' && by === wanted ? [] : [`| ${number} | … | held | ${wanted} |`]
    }
    const reasoned = (state === 'open' || state === 'not applicable yet') && /[a-z]{3}/.test(by) && !by.includes('`')
    return reasoned ? [] : [`| ${number} | … | open or not applicable yet | why |`]
  })
  assert.deepEqual(wrong, [], 'write these rows as they are shown here')
})
