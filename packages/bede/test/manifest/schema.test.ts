import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Json } from '../../src/expr/value.ts'
import { freeze } from '../../src/manifest/freeze.ts'
import { readManifest } from '../../src/manifest/read.ts'
import { manifestSchema } from '../../src/manifest/schema.ts'
import { isProblem, type Problem } from '../../src/telemetry/problem.ts'
import { manifest as blog } from '../fixtures/blog/linked.ts'
import { small } from '../fixtures/small.ts'

const file = new URL('../../manifest.schema.json', import.meta.url)
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

const problemOf = (step: () => unknown): Problem => {
  try {
    step()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('the published schema is the one the code has', () => {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, `${JSON.stringify(manifestSchema, null, 2)}\n`)
  // The same in every member and its order; how it is broken into lines is the formatter's.
  const published = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))
  assert.ok(published === JSON.stringify(manifestSchema), 'run the test with UPDATE_GOLDEN=1, and npm run format')
})

test('Ajv takes the published schema as JSON Schema 2020-12, and real manifests as its documents', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false })
  const validate = ajv.compile(plain(manifestSchema))
  for (const manifest of [blog, small])
    assert.ok(validate(plain(manifest)), JSON.stringify(validate.errors?.slice(0, 3)))
  assert.equal(validate({ ...plain(small), extra: 1 }), false)
})

test('a manifest is read from its JSON alone, frozen, whatever the order of its members', () => {
  const reversed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map((item) => reversed(item))
    if (typeof value !== 'object' || value === null) return value
    // The names of a map keep their order: it is part of what is declared.
    const members = Object.entries(value).map(([name, member]) => [name, name === 'fields' ? member : reversed(member)])
    return Object.fromEntries(members.reverse())
  }
  for (const manifest of [blog, small]) {
    const read = readManifest(plain(manifest))
    assert.deepEqual(read, plain(manifest))
    const { version, ...rest } = plain(manifest)
    const shuffled = { ...rest, policies: mapValues(rest.policies, (policy) => reversed(policy)), version }
    const text = JSON.stringify(readManifest(shuffled))
    assert.equal(text, JSON.stringify(read))
    assert.equal(JSON.stringify(freeze(read)), text)
    assert.ok(isFrozen(read))
  }
})

const mapValues = (map: Record<string, Json>, f: (value: Json) => Json) =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, f(value)]))

const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen))

test('another version is refused before anything else is read', () => {
  for (const version of [0, 2, '1', null, undefined]) {
    assert.equal(problemOf(() => readManifest({ ...plain(small), version })).code, 'invalid-manifest')
  }
  for (const nothing of [null, undefined, 1, 'x', []])
    assert.equal(problemOf(() => readManifest(nothing)).code, 'invalid-manifest')
})

test('a document of another form is refused with the place of the mistake', () => {
  const broken = plain(small)
  broken.operations.publish.write.set.status = { kind: 'literal', value: 'published' }
  const problem = problemOf(() => readManifest(broken))
  assert.equal(problem.code, 'invalid-manifest')
  assert.ok(
    problem.details.some(({ place }) => place.startsWith('/operations/publish/write/set/status')),
    JSON.stringify(problem.details),
  )
})

test('class 68: an expression that looks like SQL, or brings a member of its own, is no expression', () => {
  const markers: Json[] = [
    { kind: 'sql', text: 'drop table article' },
    { kind: 'raw', sql: '1=1' },
    { kind: 'literal', value: true, type: { kind: 'boolean' }, isRaw: true },
    { kind: 'field', row: 'row', field: 'id', sql: 'now()' },
    { kind: 'call', fn: 'pg_sleep', args: [] },
    { kind: 'call', fn: 'constructor', args: [] },
    'select 1',
  ]
  for (const marker of markers) {
    const broken = plain(small)
    broken.policies.article.read = marker
    assert.equal(problemOf(() => readManifest(broken)).code, 'invalid-manifest', JSON.stringify(marker))
  }
})

test('class 69: a default is a value: one that is an object of instructions is refused', () => {
  for (const value of [{ isRaw: true, sql: 'now()' }, [1, { isRaw: true }], { raw: 'now()' }]) {
    const broken = plain(small)
    broken.models.article.fields.views.default = { kind: 'value', value }
    const problem = problemOf(() => readManifest(broken))
    assert.deepEqual(
      problem.details.map(({ place, code }) => [place, code]),
      [['article.views', 'invalid-default']],
    )
  }
})

test('class 74, 75: names of JavaScript’s own objects name nothing in a manifest', () => {
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    for (const map of ['models', 'policies', 'views', 'events', 'operations']) {
      const text = JSON.stringify({
        ...plain(small),
        [map]: { ...plain(small)[map], '#': plain(Object.values(plain(small)[map])[0]) },
      })
      assert.equal(
        problemOf(() => readManifest(JSON.parse(text.replace('"#"', JSON.stringify(name))))).code,
        'invalid-manifest',
        `${map} ${name}`,
      )
    }
  }
  assert.equal(Object.hasOwn(Object.prototype, 'table'), false)
})

test('class 129: a document that is nested ten thousand deep is refused, not overflowed on', () => {
  const deep = plain(small)
  deep.policies.article.read = JSON.parse(
    `${'{"kind":"call","fn":"not","args":['.repeat(10_000)}1${']}'.repeat(10_000)}`,
  )
  assert.equal(problemOf(() => readManifest(deep)).code, 'invalid-manifest')
})
