import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../src/surface/http/request/json-text.ts'
import { isProblem, type Problem } from '../../src/telemetry/problem.ts'

const limits = { depth: 32, values: 10_000 }
const refusal = (text: string, limit = limits): Problem => {
  try {
    parseJson(text, limit)
  } catch (thrown) {
    if (isProblem(thrown)) return thrown
    throw thrown
  }
  return assert.fail(`${JSON.stringify(text.slice(0, 80))} was read`)
}

test('what it reads is what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t', '\r\n '), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      fc.pre(!text.includes('"__proto__"'))
      // Of lone surrogates and of NUL there is a test of its own.
      fc.pre(!/\\u(?:d[89a-f]|0000)/.test(text))
      assert.deepEqual(parseJson(text, { depth: 100, values: 1e6 }), JSON.parse(text))
    }),
  )
})

test('what it refuses of random text, JSON.parse refuses too, or it is one of the stricter rules', () => {
  const stricter = new Set(['invalid-text', 'unknown-field', 'too-deep', 'too-many'])
  const letters = fc.constantFrom(...'{}[]",:0123456789.eE+-\\/ubfnrt lsa\u0000\u001f\n😀'.split(''))
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 30 }), (text) => {
      let ours: unknown
      try {
        ours = parseJson(text, limits)
      } catch (thrown) {
        assert.ok(isProblem(thrown), 'only Problems are thrown')
        if (stricter.has(thrown.code) || /given twice|too large/.test(thrown.message)) return
        assert.throws(() => JSON.parse(text), `JSON.parse reads ${JSON.stringify(text)}: ${thrown.message}`)
        return
      }
      assert.equal(JSON.stringify(ours), JSON.stringify(JSON.parse(text)))
    }),
    { numRuns: 3000 },
  )
})

test('malformed JSON is refused with its line and column', () => {
  for (const [text, where, what] of [
    ['{"a":1,}', 'Line 1, column 8', 'a name in double quotes'],
    ['{\n  "a" 1}', 'Line 2, column 7', "expected ':'"],
    ['[1 2]', 'Line 1, column 4', "expected ',' or ']'"],
    ['"abc', 'Line 1, column 1', 'no end'],
    ['tru', 'Line 1, column 1', 'expected a value'],
    ['1e999', 'Line 1, column 1', 'too large'],
    ['01', 'Line 1, column 2', 'expected the end'],
    ['{} {}', 'Line 1, column 4', 'expected the end'],
    ["{'a':1}", 'Line 1, column 2', 'in double quotes'],
    ['\ufeff{}', 'Line 1, column 1', 'expected a value'],
    ['"\t"', 'Line 1, column 2', 'must be escaped'],
    ['"\\x41"', 'Line 1, column 2', 'does not exist'],
    ['"\\u12g4"', 'Line 1, column 2', 'hexadecimal'],
    ['NaN', 'Line 1, column 1', 'expected a value'],
    ['', 'Line 1, column 1', 'the end'],
  ] as const) {
    const { code, message } = refusal(text)
    assert.equal(code, 'malformed-json', text)
    assert.ok(message.startsWith(where) && message.includes(what), `${JSON.stringify(text)}: ${message}`)
  }
})

test('class 75: names that reach into how objects work are refused at every depth', () => {
  for (const wrap of [(x: string) => x, (x: string) => `{"a":[${x}]}`, (x: string) => `[[[{"b":{"c":${x}}}]]]`]) {
    for (const bad of [
      '{"__proto__":{"admin":true}}',
      '{"\\u005f_proto__":1}',
      '{"safe":1,"__proto__":null,"x":2}',
      '{"constructor":{"prototype":{"admin":true}}}',
      '{"constructor":{"a":1,"prototype":null}}',
    ]) {
      const { code, details } = refusal(wrap(bad))
      assert.equal(code, 'unknown-field', bad)
      assert.match(details[0]?.place ?? '', /\/(__proto__|constructor)$/)
    }
  }
  assert.equal(({} as { admin?: boolean }).admin, undefined, 'no prototype was touched')
  assert.deepEqual(parseJson('{"constructor":"McLaren","prototype":1}', limits), {
    constructor: 'McLaren',
    prototype: 1,
  })
})

test('class 76: one name, two values: refused, however the name is written', () => {
  for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"x":{"id":1,"b":0,"id":2}}]']) {
    assert.match(refusal(text).message, /given twice/, text)
  }
  assert.deepEqual(
    parseJson('{"a.b":1,"a":{"b":2},"a[b]":3}', limits),
    { 'a.b': 1, a: { b: 2 }, 'a[b]': 3 },
    'a dot means nothing',
  )
})

test('NUL and halves of surrogate pairs are refused where they stand', () => {
  for (const [text, place] of [
    ['{"a":{"b":["x","\\u0000"]}}', '/body/a/b/1'],
    ['{"a":"\\ud800"}', '/body/a'],
    ['{"a":"x\\udc00y"}', '/body/a'],
    ['{"a":"\\udc00\\ud800"}', '/body/a'],
    ['{"a/b~":"\\u0000"}', '/body/a~1b~0'],
    ['"\\u0000"', '/body'],
  ] as const) {
    const { code, details } = refusal(text)
    assert.deepEqual([code, details[0]?.place], ['invalid-text', place], text)
  }
  assert.equal(parseJson('"\\ud83d\\ude00"', limits), '😀')
})

test('class 129: depth and size are limited while reading', () => {
  for (const open of ['[', '{"a":']) assert.equal(refusal(open.repeat(100_000)).code, 'too-deep')
  assert.equal(refusal(`${'['.repeat(33)}${']'.repeat(33)}`).code, 'too-deep')
  assert.ok(parseJson(`${'['.repeat(32)}${']'.repeat(32)}`, limits))
  assert.equal(refusal(`[${'1,'.repeat(1_000_000)}1]`).code, 'too-many')
  assert.equal(refusal(`{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":0`).join(',')}}`).code, 'too-many')
  assert.equal((parseJson(`[${Array(10_000).fill('0').join(',')}]`, limits) as unknown[]).length, 10_000)
})
