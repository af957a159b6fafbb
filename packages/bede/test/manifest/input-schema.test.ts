import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { Compile } from 'typebox/schema'
import { inputObjectSchema, inputSchema } from '../../src/manifest/input-schema.ts'
import type { InputField } from '../../src/manifest/manifest.ts'

const ajv = new Ajv2020({ strict: false, strictNumbers: true, formats: { int64: true, decimal: true, password: true } })
addFormats.default(ajv, ['uuid', 'email', 'uri', 'date-time', 'date'])

/** Both validators, which must agree. */
function accepts(field: InputField, value: unknown): boolean {
  const schema = inputSchema(field)
  const ours = typeof schema === 'boolean' ? schema : Compile(schema).Check(value)
  assert.equal(ajv.compile(schema)(value), ours, `Ajv disagrees about ${JSON.stringify(value)}`)
  return ours
}

const cases: readonly (readonly [
  name: string,
  field: InputField,
  good: readonly unknown[],
  bad: readonly unknown[],
])[] = [
  [
    'id',
    { type: { kind: 'id' } },
    ['0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'],
    ['0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B', '5', 5, '', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\n', { $ne: null }],
  ],
  ['integer id', { type: { kind: 'ref', integer: true } }, [1, 9007199254740991], [0, -1, 1.5, '1', 9007199254740992]],
  [
    'text',
    { type: { kind: 'text' }, min: 1, max: 3 },
    ['a', 'äöü', '😀😀😀', 'a\n'],
    ['', 'abcd', '😀😀😀😀', 'a\u0000', '\ud800', 'a\udc00', 1, null],
  ],
  ['text pattern, whole value', { type: { kind: 'text' }, pattern: 'a|b' }, ['a', 'b'], ['ab', 'xa', 'b\n', 'a\u0000']],
  [
    'email',
    { type: { kind: 'email' } },
    ['jake@jake.jake', 'a.b+c@x-y.example', 'ME@X.ORG'],
    [
      'jake',
      'me@localhost',
      '@x',
      'a@',
      'a b@c.d',
      'a@b@c',
      'a..b@c.d',
      '.a@b.c',
      `${'a'.repeat(251)}@b.c`,
      'a@b.c\r\nBcc: x@y.z',
      'a@-b.c',
    ],
  ],
  [
    'url',
    { type: { kind: 'url' } },
    ['https://a.example/x?y=1#z', 'http://127.0.0.1:3000', 'http://[::1]/'],
    [
      'javascript:alert(1)',
      'data:text/html,x',
      '//a.example',
      'https://',
      'https://a b',
      `https://a.example/${'x'.repeat(2050)}`,
      'HTTPS://A\n',
    ],
  ],
  ['slug', { type: { kind: 'slug' } }, ['how-to-train-2'], ['How', '-a', 'a-', 'a--b', 'a b', '']],
  ['choice', { type: { kind: 'choice', choices: ['draft', 'published'] } }, ['draft'], ['Draft', '', null, 1]],
  [
    'secret',
    { type: { kind: 'secret' }, min: 8 },
    ['password', 'пароль-пароль'],
    ['short', 'x'.repeat(1025), { $gt: '' }],
  ],
  [
    'integer',
    { type: { kind: 'integer' }, min: 1, max: 100 },
    [1, 100, 5.0],
    [0, 101, 1.5, '5', true, null, Number.NaN, Number.POSITIVE_INFINITY],
  ],
  [
    'bigint',
    { type: { kind: 'bigint' } },
    [
      '0',
      '-1',
      '9223372036854775807',
      '-9223372036854775808',
      '1000000000000000000',
      '8999999999999999999',
      '999999999999999999',
    ],
    [
      '9223372036854775808',
      '-9223372036854775809',
      '9300000000000000000',
      '01',
      '-0',
      '1.0',
      '',
      5,
      '10000000000000000000',
      '1e3',
    ],
  ],
  [
    'decimal(6,2)',
    { type: { kind: 'decimal', precision: 6, scale: 2 } },
    ['0', '-1.5', '9999.99'],
    ['10000', '1.234', '.5', '1.', '01', '1e3', 1.5],
  ],
  ['decimal(2,2)', { type: { kind: 'decimal', precision: 2, scale: 2 } }, ['0.99'], ['1.00', '0.999']],
  [
    'decimal',
    { type: { kind: 'decimal' } },
    ['123456789012345678901234567890.5'],
    ['NaN', 'Infinity', `1${'0'.repeat(1000)}`],
  ],
  ['float', { type: { kind: 'float' }, min: 0 }, [0, 1.5, 1e300], [-1, '1', Number.POSITIVE_INFINITY, Number.NaN]],
  ['boolean', { type: { kind: 'boolean' } }, [true, false], ['true', 0, null]],
  [
    'timestamp',
    { type: { kind: 'timestamp' } },
    ['2026-01-31T23:59:59Z', '2026-01-31T00:00:00.123+05:30', '2024-02-29T00:00:00Z'],
    [
      '2026-02-30T00:00:00Z',
      '2026-01-31',
      '2026-01-31 00:00:00Z',
      '2026-01-31T00:00:00',
      '2026-01-31T24:00:00Z',
      '2026-01-31T23:59:60Z',
      '0000-01-01T00:00:00Z',
      '2026-01-31T00:00:00Z[Europe/Paris]',
      'now',
      'infinity',
      1767225600,
    ],
  ],
  [
    'date',
    { type: { kind: 'date' } },
    ['2024-02-29'],
    ['2023-02-29', '2026-13-01', '2026-1-1', 'today', '2026-01-01T00:00:00Z'],
  ],
  [
    'time',
    { type: { kind: 'time' } },
    ['00:00:00', '23:59:59.999'],
    ['24:00:00', '12:00', '12:00:00Z', '12:60:00', 'now'],
  ],
  [
    'duration',
    { type: { kind: 'duration' } },
    ['P1D', 'PT1H30M', 'P1DT0.5S', 'P2W', '-PT5M', 'PT1H5S'],
    ['P', 'PT', 'P1Y', 'P1M', '1 day', 'P1DT', 'PT1.5H'],
  ],
  [
    'bytes',
    { type: { kind: 'bytes' }, max: 3 },
    ['', 'AQID', 'AQ=='],
    ['AQIDBA==', 'A', 'A===', 'AQ', 'A_-=', 'AQ==\n'],
  ],
  ['json', { type: { kind: 'json' } }, [null, { a: [1] }, 'x'], []],
  ['json with a schema', { type: { kind: 'json', schema: { type: 'object', required: ['a'] } } }, [{ a: 1 }], [{}, []]],
  [
    'array',
    { type: { kind: 'array', of: { kind: 'text' } }, max: 2 },
    [[], ['a', 'b']],
    [['a', 'b', 'c'], ['\u0000'], [1], 'a', { 0: 'a' }],
  ],
  ['nullable choice', { type: { kind: 'choice', choices: ['a'] }, nullable: true }, ['a', null], ['b']],
  ['nullable json', { type: { kind: 'json', schema: { type: 'object' } }, nullable: true }, [{}, null], ['x']],
  [
    'object',
    {
      type: { kind: 'object' },
      fields: { a: { type: { kind: 'text' } }, b: { type: { kind: 'integer' }, optional: true } },
    },
    [{ a: 'x' }, { a: 'x', b: 1 }],
    [{}, { a: 'x', c: 1 }, { b: 1 }, [], null, JSON.parse('{"a":"x","__proto__":{}}')],
  ],
  [
    'list of objects',
    {
      type: { kind: 'array', of: { kind: 'object' } },
      items: { type: { kind: 'object' }, fields: { a: { type: { kind: 'text' } } } },
      min: 1,
    },
    [[{ a: 'x' }]],
    [[], [{}], [{ a: 'x', b: 1 }]],
  ],
]

for (const [name, field, good, bad] of cases) {
  test(`${name}: what is accepted and what is not, by both validators`, () => {
    for (const value of good) assert.equal(accepts(field, value), true, `${JSON.stringify(value)} should be accepted`)
    for (const value of bad) assert.equal(accepts(field, value), false, `${JSON.stringify(value)} should be refused`)
  })
}

test('an input is closed, and requires what is neither optional nor has a default', () => {
  const schema = inputObjectSchema({
    a: { type: { kind: 'text' } },
    b: { type: { kind: 'text' }, optional: true },
    c: { type: { kind: 'boolean' }, default: true },
  })
  assert.deepEqual(schema.required, ['a'])
  assert.equal(schema.additionalProperties, false)
})

test('bounds of values written as text are annotations', () => {
  const schema = inputSchema({ type: { kind: 'date' }, min: '2026-01-01' })
  assert.equal(typeof schema === 'object' && schema.formatMinimum, '2026-01-01')
})
