import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isProblem } from '../../src/telemetry/problem.ts'
import { type EvaluateOptions, evaluate } from '../../src/toolkit/evaluate/evaluate.ts'

const refusal = (text: string, options: EvaluateOptions = {}): string => {
  try {
    evaluate(text, { place: '/body/formula', ...options })
  } catch (error) {
    if (!isProblem(error)) throw error
    assert.equal(error.code, 'invalid-expression')
    assert.equal(error.status, 400)
    assert.equal(error.details[0]?.place, '/body/formula')
    assert.ok(error.message.length < 200, error.message)
    return error.message
  }
  return assert.fail(`${text.slice(0, 60)} was worked out`)
}

test('signs bind as they do in school', () => {
  const worth: Readonly<Record<string, string>> = {
    '1 + 2 * 3': '7',
    '(1 + 2) * 3': '9',
    '2 ^ 3 ^ 2': '512',
    '-2 ^ 2': '-4',
    '2 ^ -1': '0.5',
    '10 - 4 - 3': '3',
    '12 / 4 / 3': '1',
    '7 % 4': '3',
    '-7 % 4': '-3',
    '- - + 3': '3',
    '.5+1.50': '2',
    '0.1 + 0.2': '0.3',
    '100': '100',
    '1 / 3': '0.33333333333333333333',
    'round(2.5)': '3',
    'round(-2.5)': '-3',
    'round(1234.567, -2)': '1200',
    'floor(-1.25, 1)': '-1.3',
    'ceil(1.21, 1)': '1.3',
    'floor(1299, -2)': '1200',
    'min(3, 1, 2) + max(3, 1, 2)': '4',
    'abs(-3.50)': '3.5',
    'sqrt(2)': '1.41421356237309504880',
    'sqrt(144)': '12',
    'if(1 < 2, 3, 1 / 0)': '3',
    'if(1 = 1.0, 1, 0) + if(1 <> 2, 1, 0) + if(1 == 2, 1, 0)': '2',
  }
  for (const [text, value] of Object.entries(worth))
    assert.equal(evaluate(text), value.replace(/(\.\d*?)0+$/, '$1'), text)
})

test('class 127: a variable has no more digits than a number on the way', () => {
  const most = '9'.repeat(400)
  assert.equal(evaluate('a - a', { variables: { a: `-0.${most}` } }), '0')
  for (const [a, limits] of [
    [`1${'0'.repeat(1_000_000)}`, {}],
    [`0.${'0'.repeat(408)}1`, {}],
    [10n ** 500n, {}],
    ['1'.repeat(20), { digits: 10 }],
  ] as const)
    assert.throws(() => evaluate('1', { variables: { a }, limits, place: '/body/a' }), {
      code: 'invalid-expression',
      status: 400,
      message: /the value 'a' has more than \d+ digits/,
    })
})

test('variables are decimals, however they are given', () => {
  const variables = { a: 1e-7, b: 1e21, c: '12.50', d: 3n, e: -0.5 }
  assert.equal(evaluate('a', { variables }), '0.0000001')
  assert.equal(evaluate('b + d', { variables }), '1000000000000000000003')
  assert.equal(evaluate('c * d + e', { variables }), '37')
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, '', '1,5', ' 1', '0x10', '1e5000'])
    assert.throws(() => evaluate('x', { variables: { x: wrong } }), TypeError)
})

test('a comparison is worked out where it is asked for, and is no number', () => {
  assert.equal(evaluate('2 * 3 >= 6', { gives: 'boolean' }), true)
  assert.equal(evaluate('1 != 1', { gives: 'boolean' }), false)
  assert.match(refusal('1 < 2'), /a comparison is no number/)
  assert.match(refusal('(1 < 2) + 1'), /a comparison is no number/)
  assert.match(refusal('1 < 2 < 3'), /comparisons do not follow each other/)
  assert.match(refusal('if(1, 2, 3)'), /character 4: a comparison is wanted/)
  assert.throws(() => evaluate('1 + 1', { gives: 'boolean' }), /a comparison is wanted/)
})

test('a mistake is named with its character', () => {
  const said: Readonly<Record<string, string>> = {
    '': 'At character 1: the expression ends too early',
    '1 +': 'At character 4: the expression ends too early',
    '1 + * 2': "At character 5: '*' is no value",
    '(1': "At character 3: a ')' is missing",
    '1)': "At character 2: ')' does not belong here",
    '1 2': 'At character 3: a sign is missing',
    '1 + "a"': `At character 5: '"' means nothing here`,
    'x + 1': "At character 1: there is no value 'x'",
    'min()': 'At character 1: min takes 1 to 100 values, not 0',
    'sqrt(-1)': 'At character 1: a negative number has no square root',
    '1 / 0': 'At character 3: division by zero',
    '1 % 0': 'At character 3: division by zero',
    '0 ^ -1': 'At character 3: zero has no negative power',
    '2 ^ 0.5': 'At character 3: an exponent is whole, from -1000 to 1000',
    'round(1, 101)': 'At character 1: the number of places is whole, from -100 to 100',
    'max(1 2)': "At character 7: a ',' or a ')' is missing",
    '1e5': 'At character 2: a sign is missing',
  }
  for (const [text, message] of Object.entries(said)) assert.equal(refusal(text), message, text)
})

test('class 73: there is nothing to break out to: members, texts, functions and assignments are no part of it', () => {
  for (const text of [
    'constructor.constructor("return process")()',
    'price.constructor',
    'price["constructor"]',
    '(() => 1)()',
    '[...price]',
    'process.exit(1)',
    'this',
    'price = 2; price',
    'new Date',
    ['`$', '{price}`'].join(''),
    'price++',
    'price, 1',
    'import("fs")',
    'a\u2028b',
    '1;1',
    '\\u0061',
    'ａ + 1',
  ])
    refusal(text, { variables: { price: 1 } })
})

test('class 74: names of the prototype are unknown, as values and as functions', () => {
  for (const name of [
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    'prototype',
    'size',
    'get',
  ]) {
    assert.match(refusal(name), /there is no value/)
    assert.match(refusal(`${name}(1)`), /there is no function/)
    assert.equal(evaluate(name, { variables: Object.fromEntries([[name, 7]]) }), '7')
  }
  assert.match(refusal('x', { variables: Object.create({ x: 1 }) }), /there is no value/)
})

test('class 127: what is long, deep or large is refused before it is worked out', () => {
  assert.match(refusal('1'.repeat(100_000)), /more than 1000 characters/)
  assert.match(refusal('('.repeat(400)), /more than 50 deep/)
  assert.match(refusal('-'.repeat(400)), /more than 50 deep/)
  assert.match(refusal('2^'.repeat(200)), /more than 50 deep/)
  assert.match(refusal('abs('.repeat(100)), /more than 50 deep/)
  assert.match(refusal('1+'.repeat(400)), /more than 500 parts/)
  assert.match(refusal('9'.repeat(401)), /more than 400 digits/)
  assert.match(refusal('9^999'), /the number gets too long/)
  assert.match(refusal('9^9^9'), /an exponent is whole/)
  assert.match(refusal(`${'9'.repeat(300)} * ${'9'.repeat(300)}`), /more than 400 digits/)
  assert.match(refusal('0.1^900'), /gets too long/)
  // Limits that an app raises stay within what the stack bears.
  const limits = { length: 1_000_000, nodes: 1_000_000, depth: 1_000_000 }
  assert.match(refusal('('.repeat(900), { limits }), /more than 200 deep/)
  assert.match(refusal('1+'.repeat(100_000), { limits }), /more than 1000 parts/)
  assert.equal(evaluate(`0${'+1'.repeat(499)}`, { limits }), '499')
})

/** A fraction, exact: the reference. */
interface Fraction {
  readonly n: bigint
  readonly d: bigint
}

interface Sum {
  readonly text: string
  readonly value: Fraction | undefined
}

const whole: fc.Arbitrary<Sum> = fc
  .tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 2 }))
  .map(([digits, scale]) => {
    const text = String(digits).padStart(scale + 1, '0')
    return {
      text: scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`,
      value: { n: BigInt(digits), d: 10n ** BigInt(scale) },
    }
  })

const combined = (sign: string, a: Fraction, b: Fraction): Fraction | undefined => {
  if (sign === '+') return { n: a.n * b.d + b.n * a.d, d: a.d * b.d }
  if (sign === '-') return { n: a.n * b.d - b.n * a.d, d: a.d * b.d }
  if (sign === '*') return { n: a.n * b.n, d: a.d * b.d }
  if (b.n === 0n) return undefined
  const [x, y] = [a.n * b.d, b.n * a.d]
  return { n: x % y, d: a.d * b.d }
}

const sums: fc.Arbitrary<Sum> = fc.letrec<{ sum: Sum }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    whole,
    fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*', '%'), tie('sum')).map(([a, sign, b]) => ({
      text: `(${a.text}) ${sign} (${b.text})`,
      value: a.value && b.value && combined(sign, a.value, b.value),
    })),
    tie('sum').map(({ text, value }) => ({ text: `-(${text})`, value: value && { n: -value.n, d: value.d } })),
  ),
})).sum

test('sums, differences, products and remainders are exact', () => {
  fc.assert(
    fc.property(sums, ({ text, value }) => {
      if (!value) return assert.throws(() => evaluate(text, { limits: { length: 100_000 } }), /division by zero/)
      const [digits = '', fraction = ''] = evaluate(text, { limits: { length: 100_000 } }).split('.')
      assert.equal(BigInt(digits + fraction) * value.d, value.n * 10n ** BigInt(fraction.length))
    }),
  )
})

test('any text gives a value or a refusal that says where', () => {
  const piece = fc.oneof(
    fc.constantFrom(...'0123456789.()+-*/%^,<>=! ', 'if(', 'max(', 'x', 'round('),
    fc.string({ maxLength: 2 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        assert.match(evaluate(pieces.join(''), { variables: { x: '2.5' } }), /^-?\d+(\.\d*[1-9])?$/)
      } catch (error) {
        if (!isProblem(error)) throw error
        assert.match(error.message, /^At character \d+: /)
      }
    }),
  )
})
