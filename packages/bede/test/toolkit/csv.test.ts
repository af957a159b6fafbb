import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cellOf } from '../../src/practice/transfer/csv.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { csv } from '../../src/toolkit/csv/csv.ts'
import type { CsvReadOptions } from '../../src/toolkit/csv/read-csv.ts'
import type { CsvValue } from '../../src/toolkit/csv/write-csv.ts'

const columns = ['a', 'b'] as const
type Column = (typeof columns)[number]

async function written(rows: readonly { readonly [N in Column]?: CsvValue }[]): Promise<string> {
  let text = ''
  for await (const piece of csv.write(rows, { columns })) text += piece
  return text
}

async function* pieces(text: string, length = 7): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function read(source: AsyncIterable<string | Uint8Array>, options: Partial<CsvReadOptions<Column>> = {}) {
  const rows: { readonly [N in Column]: string }[] = []
  for await (const { number, row } of csv.read(source, { columns, ...options })) assert.equal(number, rows.push(row))
  return rows
}

const refused = (
  source: AsyncIterable<string | Uint8Array>,
  message: RegExp,
  options: Partial<CsvReadOptions<Column>> = {},
) =>
  assert.rejects(read(source, { place: '/body/file', ...options }), (error) => {
    assert.ok(isProblem(error), String(error))
    assert.equal(error.code, 'invalid-csv')
    assert.equal(error.status, 400)
    assert.match(error.message, message)
    assert.equal(error.details[0]?.place, '/body/file')
    return true
  })

test('what is written is read again, however it is cut', async () => {
  const text = fc
    .array(
      fc.oneof(fc.constantFrom(...'=+-@\t\r\n,"\' ;a', '＝', '＠'), fc.string({ unit: 'grapheme', maxLength: 2 })),
      { maxLength: 6 },
    )
    .map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: text, b: text }, { noNullPrototype: true }), { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      async (rows, length) => {
        assert.deepEqual(await read(pieces(await written(rows), length), { guarded: true }), rows)
      },
    ),
  )
})

test('class 79: no text is a formula, a name of a column neither', async () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', "'=1", '＝1', '＋1', '－1', '＠1']) {
    const [cell = ''] =
      (await written([{ a: text }])).split('\r\na,b\r\n').at(-1)?.replace('a,b\r\n', '').split(',') ?? []
    assert.match(cell.replace(/^"/, ''), /^'/, JSON.stringify(text))
  }
  let header = ''
  for await (const piece of csv.write([], { columns: ['=a'] })) header += piece
  assert.equal(header, "'=a\r\n")
  assert.equal(await written([{ a: -5, b: -5n }]), 'a,b\r\n-5,-5\r\n')
})

test('class 79: what becomes a text only when it is written is no formula either', async () => {
  const [list, own]: unknown[] = [['=1+1', 'b'], { toString: () => '@a' }]
  assert.equal(await written([{ a: list as CsvValue, b: own as CsvValue }]), 'a,b\r\n"\'=1+1,b",\'@a\r\n')
})

/** The cells as a spreadsheet finds them that splits at these signs; quotes count at the beginning of a cell alone. */
function cellsAt(separators: string, text: string): readonly string[] {
  const cells: string[] = []
  let cell = ''
  let [isQuoted, begins] = [false, true]
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? ''
    const ends = !isQuoted && (separators.includes(sign) || sign === '\r' || sign === '\n')
    if (ends) cells.push(cell)
    if (isQuoted && sign === '"' && text[at + 1] === '"') cell += text[at++]
    else if (isQuoted && sign === '"') isQuoted = false
    else if (begins && sign === '"') isQuoted = true
    else cell = ends ? '' : cell + sign
    begins = ends
  }
  return [...cells, cell]
}

test('class 79: wherever a spreadsheet splits the file, no cell is a formula', async () => {
  const signs = fc.constantFrom(...'=+-@\t\r\n,"\' ;;;|a', '＝', '＠')
  const text = fc.array(signs, { maxLength: 8 }).map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ a: text, b: text }), { maxLength: 3 }), async (rows) => {
      const file = await written(rows)
      for (const separators of [',', ';', '\t', ',;\t'])
        for (const cell of cellsAt(separators, file))
          assert.doesNotMatch(cell, /^[=+\-@＝＋－＠]/, JSON.stringify([separators, file]))
    }),
    { numRuns: 2000 },
  )
  assert.equal(await written([{ a: 'x;=1+1', b: 'y\n-1;"@a' }]), 'a,b\r\n"x;\'=1+1","y\n\'-1;\'""@a"\r\n')
  assert.equal(await written([{ a: 'a;b', b: 'c - d' }]), 'a,b\r\n"a;b",c - d\r\n')
})

test('class 79: JSON in a cell is the same JSON, and no part of it is a formula', () => {
  const json = JSON.stringify({ 'a;=b': [';=1', ';-2', ';\uff1d', 'a;b'], c: -1 })
  const cell = cellOf(json, { kind: 'json' })
  for (const separators of [';', ',;\t'])
    for (const one of cellsAt(separators, `x,${cell},y`)) assert.doesNotMatch(one, /^[=+\-@＝＋－＠]/, one)
  assert.deepEqual(JSON.parse(cell.slice(1, -1).replaceAll('""', '"')), JSON.parse(json))
})

test('a long file is read without anything left behind', async () => {
  const warnings: string[] = []
  const heard = ({ message }: Error) => warnings.push(message)
  process.on('warning', heard)
  async function* large(): AsyncGenerator<string> {
    yield 'a,b\r\n'
    for (let n = 0; n < 30; n++) yield '1,2\r\n'.repeat(3_000)
  }
  assert.equal((await read(large())).length, 90_000)
  await new Promise(setImmediate)
  process.off('warning', heard)
  assert.deepEqual(warnings, [])
})

test('values are written by their kind, and what is inherited is not there', async () => {
  const at = new Date('2026-01-02T03:04:05Z')
  assert.equal(
    await written([
      { a: null, b: '' },
      { a: true, b: at },
    ]),
    'a,b\r\n,""\r\ntrue,2026-01-02T03:04:05.000Z\r\n',
  )
  assert.equal(await written([Object.create({ a: 'inherited' })]), 'a,b\r\n,\r\n')
  let lines = 0
  for await (const piece of csv.write(
    Array.from({ length: 1000 }, () => ({ a: 1 })),
    { columns, header: false },
  )) {
    assert.ok(piece.length < 2000)
    lines += piece.split('\r\n').length - 1
  }
  assert.equal(lines, 1000)
})

test('columns come in any order, and one that need not be there is empty', async () => {
  assert.deepEqual(await read(pieces('\uFEFFb,a\r\n"1,""2""",x\r\n\r\n3,\r\n')), [
    { a: 'x', b: '1,"2"' },
    { a: '', b: '3' },
  ])
  assert.deepEqual(await read(pieces('a\nx\n'), { required: ['a'] }), [{ a: 'x', b: '' }])
})

test('a file that is not as it should be is refused for its place', async () => {
  await refused(pieces(''), /is empty/)
  await refused(pieces('a,c\r\n'), /no column 'c'/)
  await refused(pieces('a,a\r\n'), /named twice/)
  await refused(pieces('a\r\n'), /'b' is missing/)
  await refused(pieces('a,b\r\n1\r\n'), /Row 1 has 1 cells/)
  await refused(pieces('a,b\r\n1,2\r\n"3,4\r\n'), /malformed: .* at line 4/)
  await refused(pieces('a,b\r\n1,"2"3\r\n'), /malformed/)
  await refused(pieces('__proto__,a\r\n'), /no column '__proto__'/)
  async function* latin(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(0x61, 0x2c, 0x62, 0x0a, 0xe9, 0x2c, 0x0a)
  }
  await refused(latin(), /not UTF-8/)
  const broken = new Error('the disk is gone')
  async function* failing(): AsyncGenerator<string> {
    yield 'a,b\r\n'
    throw broken
  }
  await assert.rejects(read(failing()), broken)
})

test('class 127: a file is as long as its limits, and reading stops there', async () => {
  let given = 0
  async function* endless(piece: string): AsyncGenerator<string> {
    yield 'a,b\r\n'
    for (;;) {
      given += piece.length
      yield piece
    }
  }
  await refused(endless('1,2\r\n'), /more than 100 rows/, { limits: { rows: 100 } })
  await refused(endless(','.repeat(1000)), /more than 102 cells/)
  await refused(pieces(`${','.repeat(1000)}\r\n`), /more than 102 cells/)
  await refused(endless('x'.repeat(1000)), /record|malformed/i, { limits: { row: 10_000 } })
  await refused(endless('1,2\r\n'.repeat(100)), /larger than 100000 bytes/, { limits: { size: 100_000, rows: 1e9 } })
  assert.ok(given < 2_000_000, `${given} were taken`)
})
