import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cycles, importsOf, target } from './imports.ts'
import { files, read } from './tree.ts'

const SRC = 'packages/bede/src/'

/** From the ground up. A folder imports from itself and from those before it; the order is the system's pipeline. */
const FLOORS = [
  'telemetry',
  'toolkit',
  'expr',
  'model',
  'declare',
  'manifest',
  'plan',
  'sql',
  'store',
  'engine',
  'identity',
  'adapters',
  'surface',
  'practice',
  'cli',
]

/** The public face is the only file outside the floors. */
const FACE = `${SRC}index.ts`

const sources = files(/^packages\/bede\/src\/.*\.ts$/)
const floorOf = (path: string): string => path.slice(SRC.length).split('/')[0] ?? ''

test('every folder of packages/bede/src is a floor', () => {
  const strays = sources.filter((path) => path !== FACE && !FLOORS.includes(floorOf(path)))
  assert.deepEqual(
    strays,
    [],
    `put these into one of ${FLOORS.join(', ')}, or add the floor to DESIGN and to this test`,
  )
})

test('a floor imports only from itself and from those below it', () => {
  const wrong: string[] = []
  for (const path of sources) {
    if (path === FACE) continue
    const own = FLOORS.indexOf(floorOf(path))
    for (const { line, specifier } of importsOf(read(path))) {
      const to = specifier.startsWith('.') ? target(path, specifier) : undefined
      if (specifier === 'bede') wrong.push(`${path}:${line} imports 'bede', which is itself`)
      if (to === undefined) continue
      if (!to.startsWith(SRC)) wrong.push(`${path}:${line} imports ${to}, which is not in src`)
      else if (to === FACE)
        wrong.push(`${path}:${line} imports the public face; import the file that declares the name`)
      else if (FLOORS.indexOf(floorOf(to)) > own) {
        wrong.push(`${path}:${line} is on the floor ${floorOf(path)} and imports ${to}, which is above it`)
      }
    }
  }
  assert.equal(wrong.join('\n'), '', 'imports against the order of the floors')
})

test('a relative import names a file that is there, with its .ts', () => {
  const known = new Set(sources)
  const wrong = sources.flatMap((path) =>
    importsOf(read(path))
      .filter(({ specifier }) => specifier.startsWith('.') && !known.has(target(path, specifier)))
      .map(({ line, specifier }) => `${path}:${line} imports ${specifier}`),
  )
  assert.equal(wrong.join('\n'), '')
})

test('no file imports itself through others, type imports included', () => {
  const graph = new Map(
    sources.map((path) => [
      path,
      importsOf(read(path))
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => target(path, specifier)),
    ]),
  )
  const found = cycles(graph).map((path) => path.map((file) => file.slice(SRC.length)).join(' -> '))
  assert.equal(found.join('\n'), '', 'import cycles; move what both need to a file of its own')
})
