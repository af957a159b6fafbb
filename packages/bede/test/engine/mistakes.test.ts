import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverSet } from '../../src/engine/input/server-set.ts'
import { schemaMistakes, validatorOf } from '../../src/engine/input/validate.ts'
import type { Json } from '../../src/expr/value.ts'
import type { InputField } from '../../src/manifest/manifest.ts'
import { nearest } from '../../src/telemetry/nearest.ts'
import { Problem } from '../../src/telemetry/problem.ts'
import { manifest } from '../fixtures/blog/linked.ts'

/** What is said of one value of a field: message and hint. */
const said = (field: InputField, value: Json) =>
  schemaMistakes({ value: field })({ value }).map(({ message, hint }) =>
    hint === undefined ? [message] : [message, hint],
  )

test('each mistake is a sentence of the declaration, said once a place', () => {
  const cases: readonly (readonly [InputField, Json, readonly string[]])[] = [
    [{ type: { kind: 'integer' } }, 'x', ['It must be a whole number']],
    [{ type: { kind: 'boolean' } }, 1, ['It must be true or false']],
    [{ type: { kind: 'text' } }, 1, ['It must be text']],
    [{ type: { kind: 'text' }, nullable: true }, 1, ['It must be text or null']],
    [{ type: { kind: 'text' }, min: 1 }, '', ['It must not be empty']],
    [{ type: { kind: 'text' }, max: 1 }, 'ab', ['It must have at most one character']],
    [{ type: { kind: 'text' }, pattern: '[a-z]{2}' }, 'A', ['It must match [a-z]{2}']],
    [{ type: { kind: 'slug' }, pattern: 'a.*' }, 'b', ['It must match a.*']],
    [{ type: { kind: 'choice', choices: ['a', 'b'] } }, null, ['It must be text', 'One of: a, b.']],
    [{ type: { kind: 'choice', choices: ['a', 'b'] } }, 'c', ['It must be one of the values allowed', 'One of: a, b.']],
    [
      { type: { kind: 'decimal', precision: 8, scale: 2 } },
      '1.234',
      [
        'It must be a decimal number as text, with at most 6 digits before the point, 2 after it, 8 in all',
        'Like "12.50".',
      ],
    ],
    [{ type: { kind: 'decimal', precision: 8, scale: 2 } }, 1.5, ['It must be text', 'Like "12.50".']],
    [
      { type: { kind: 'decimal', precision: 3 } },
      '1.5',
      [
        'It must be a decimal number as text, with at most 3 digits before the point, 0 after it, 3 in all',
        'Like "12".',
      ],
    ],
    [{ type: { kind: 'bigint' } }, 'x', ['It must be a whole number as text', 'Like "9007199254740993".']],
    [{ type: { kind: 'email' } }, 'x', ['It must be an e-mail address', 'Like ada@example.com.']],
    [
      { type: { kind: 'array', of: { kind: 'text' } }, items: { type: { kind: 'text' } }, min: 1 },
      [],
      ['It must have at least one item'],
    ],
    [
      { type: { kind: 'array', of: { kind: 'text' } }, items: { type: { kind: 'text' } }, max: 2 },
      ['a', 'b', 'c'],
      ['It must have at most 2 items'],
    ],
  ]
  for (const [field, value, words] of cases)
    assert.deepEqual(said(field, value), [words], JSON.stringify([field, value]))
})

const refusal = (operation: string, input: object): Problem => {
  const known = manifest.operations[operation]
  assert.ok(known)
  try {
    validatorOf(known, manifest.models)(input)
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
  }
  return assert.fail(`${operation} took ${JSON.stringify(input)}`)
}

test('what the server sets is told from what is not there, unless nobody may know of it', () => {
  const operation = manifest.operations['article.create']
  assert.ok(operation)
  assert.ok(serverSet(operation, manifest.models).has('createdAt'))
  const { details } = refusal('article.create', {
    data: { title: 'x', createdAt: '2026-01-01T00:00:00Z', nonsense: 1 },
  })
  const of = (place: string) => details.find((detail) => detail.place === place)
  assert.equal(of('/data/createdAt')?.message, 'The server sets this; it cannot be sent')
  assert.equal(of('/data/nonsense')?.message, 'No input has this name here')
  const { article } = manifest.models
  assert.ok(article)
  const hidden = {
    ...article,
    fields: { ...article.fields, createdAt: { ...article.fields.createdAt!, private: true as const } },
  }
  assert.ok(!serverSet(operation, { ...manifest.models, article: hidden }).has('createdAt'))
})

test('a list is sorted by one declared entry, because several are an order that no index has', () => {
  for (const sort of ['title', '-title', 'id', '-id']) validatorOf(manifest.operations['article.list']!)({ sort })
  for (const sort of ['title,-createdAt', 'title,title', ',', 'title,', '', '--title', 'nonsense']) {
    const problem = refusal('article.list', { sort })
    assert.deepEqual([problem.status, problem.details.map(({ place }) => place)], [400, ['/sort']], sort)
  }
  assert.match(refusal('article.list', { sort: 'title,-createdAt' }).details[0]?.message ?? '', /by one entry/)
})

test('what is not near is not suggested', () => {
  assert.equal(nearest('q', ['x', 'id']), undefined)
  assert.equal(nearest('di', ['x', 'id']), 'id')
  assert.equal(nearest('titel', ['title']), 'title')
})
