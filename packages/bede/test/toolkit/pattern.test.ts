import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isProblem, type ProblemCode } from '../../src/telemetry/problem.ts'
import { compile } from '../../src/toolkit/pattern/engine.ts'
import { pattern } from '../../src/toolkit/pattern/pattern.ts'
import { patternSize } from '../../src/toolkit/pattern/size.ts'

const refused = (code: ProblemCode, message: RegExp, make: () => unknown): void =>
  assert.throws(make, (error) => {
    assert.ok(isProblem(error), String(error))
    assert.equal(error.code, code)
    assert.equal(error.status, 400)
    assert.match(error.message, message)
    return true
  })

test('it finds what the same pattern of JavaScript finds', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '(a|bc)', '(?:b)', '(c)?', '^', '$', '\\b')
  const repeated = fc.tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{1,2}', '*?'))
  const source = fc
    .array(repeated, { maxLength: 5 })
    .map((parts) => parts.map(([one, times]) => (/^(?:\^|\$|\\b)$/.test(one) ? one : one + times)).join(''))
    .filter((text) => !/[?*+}][*+{]|\?\?/.test(text))
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '1', ' ', '\n'), { maxLength: 12 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(source, text, (one, searched) => {
      const [mine, theirs] = [pattern(one), new RegExp(one, 'u')]
      const match = theirs.exec(searched)
      assert.equal(mine.test(searched), match !== null)
      const found = mine.find(searched)
      assert.deepEqual(found && [found.index, found.text], match === null ? undefined : [match.index, match[0]])
    }),
  )
})

test('groups and names come with a match; what is put in for one has no meaning of its own', () => {
  const search = pattern('(?<first>\\w+) (\\w+)(!)?', { flags: 'i' })
  const match = search.find('Say Hello World')
  assert.deepEqual(
    [match?.index, match?.text, match?.groups, match?.named],
    [0, 'Say Hello', ['Say', 'Hello', undefined], { first: 'Say' }],
  )
  assert.equal(search.replace('Hello World', '$1 $& $<first> \\1'), '$1 $& $<first> \\1')
  assert.deepEqual(
    pattern('a*')
      .all('baac')
      .map(({ index, text }) => [index, text]),
    [
      [0, ''],
      [1, 'aa'],
      [3, ''],
      [4, ''],
    ],
  )
  assert.equal(pattern('o').replace('foo', ''), 'f')
  assert.equal(pattern('\\d').replace('none', 'x'), 'none')
  assert.deepEqual(pattern('.', { flags: 's' }).all('abc', { limit: 2 }).length, 2)
  assert.equal(pattern('^b$', { flags: 'm' }).test('a\nb\nc'), true)
})

test('class 128: a pattern that is none is a refusal for its place, not an error', () => {
  for (const [text, message] of [
    ['(', /missing closing \)/],
    ['[z-a]', /invalid character class range: z-a/],
    ['a**', /invalid nested repetition/],
    ['a{2,1}', /invalid repeat count/],
    ['\\', /trailing backslash/],
    ['*', /missing argument/],
    ['\\p{Nothing}', /invalid character class range/],
    ['(?<a>x)(?<a>y)', /duplicate/],
  ] as const)
    refused('invalid-pattern', message, () => pattern(text, { place: '/query/q' }))
  try {
    pattern('(a)\\1', { place: '/query/q' })
    assert.fail()
  } catch (error) {
    assert.ok(isProblem(error))
    assert.equal(error.details[0]?.place, '/query/q')
    assert.match(error.hint ?? '', /References back and lookaround/)
  }
  for (const text of ['(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(?>a)', '(a)\\k<a>'])
    refused('invalid-pattern', /./, () => pattern(text))
  refused('invalid-pattern', /no flag 'g'/, () => pattern('a', { flags: 'ig' }))
})

test('class 128: any text is a pattern or a refusal, and is quick to be either', () => {
  const piece = fc.oneof(
    fc.constantFrom(...'()[]{}*+?|\\^$.-,:=!<>PQEpk019az', '{9,', '[:', ':]', '(?', '\\p{'),
    fc.string({ unit: 'binary', maxLength: 2 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.string({ maxLength: 20 }), (pieces, text) => {
      try {
        pattern(pieces.join('')).find(text)
      } catch (error) {
        assert.ok(isProblem(error) && error.status === 400, String(error))
      }
    }),
  )
})

test('class 127: patterns that take other engines for ever are found here, or refused by a limit', () => {
  const text = `${'a'.repeat(100_000)}!`
  for (const evil of ['(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*a){8}$', '^(([a-z])+.)+[A-Z]([a-z])+$'])
    assert.equal(pattern(evil, { limits: { work: 10_000_000 } }).test(text), false, evil)
  refused('invalid-pattern', /more than 1000 characters/, () => pattern('a'.repeat(1001)))
  for (const large of [
    '((a{100}){100}){100}',
    '(((((a{30}){30}){30}){30}){30})',
    '\\pL'.repeat(300),
    '(a?){1000}{1000}',
    '([]{3}]{900}){900}',
    '([[:alpha:]{]{900}){900}',
  ])
    refused('invalid-pattern', /./, () => pattern(large))
  refused('too-much-work', /searches at most \d+ at once/, () => pattern('(ab?c){100}').test(text))
  // Every search runs to the end of the text before it gives one letter.
  refused('too-much-work', /takes longer than 1 ms/, () =>
    pattern('.*?zzz|a', { limits: { time: 1 } }).all(text.slice(0, 20_000), { limit: 20_000 }),
  )
  refused('too-much-work', /matches more than 1000 times/, () => pattern('a').replace(text, ''))
  refused('too-much-work', /gets longer/, () => pattern('a').replace(text, 'b'.repeat(20_000)))
})

test('class 127: how large a pattern becomes is never told too low', () => {
  const atom = fc.constantFrom(
    'a',
    'é',
    '.',
    '\\d',
    '\\pL',
    '\\x{10}',
    '[a-c]',
    '[]a]',
    '[^]{2}]',
    '[[:alpha:]x]',
    '[\\]]',
    '\\Qa{3}\\E',
    '\\{',
    '^',
    '\\b',
  )
  const times = fc.constantFrom('', '', '*', '+?', '?', '{3}', '{0,4}', '{2,}', '{0}')
  const source = fc.letrec<{ all: string }>((tie) => ({
    all: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.tuple(tie('all'), tie('all')).map(([a, b]) => a + b),
      fc.tuple(tie('all'), tie('all')).map(([a, b]) => `${a}|${b}`),
      fc
        .tuple(fc.constantFrom('(', '(?:', '(?i:', '(?<n>'), tie('all'), times)
        .map(([open, one, many]) => `${open}${one})${many}`),
    ),
  })).all
  fc.assert(
    fc.property(source, fc.constantFrom('', 'i' as const), (one, flag) => {
      try {
        const size = compile(one, new Set(flag === '' ? [] : [flag]), '/').programSize()
        assert.ok(patternSize(one) >= size, `${one}: ${patternSize(one)} < ${size}`)
      } catch (error) {
        if (!isProblem(error)) throw error
      }
    }),
  )
})

test('class 127: ranges of very many letters are not found in any case', () => {
  const wide = [
    'B-\u{1e942}',
    'B-\\x{1e942}',
    '\\x{42}-\\x{0001e942}',
    '\\x42-\u{1e942}',
    '\\102-\u{10ffff}',
    '}-\u{1e942}',
  ]
  for (const range of [...wide, '\\\\x{1e942}-\\x{1e942}']) {
    const many = `[${range}]`.repeat(3)
    refused('invalid-pattern', /too many letters/, () => pattern(many, { flags: 'i' }))
    refused('invalid-pattern', /too many letters/, () => pattern(`(?i)${many}`))
    refused('invalid-pattern', /too many letters/, () => pattern(`(?s-m:(?mi:[${range}${range}${range}]))`))
    assert.equal(pattern(many).test('xxx'), !range.startsWith('}'))
  }
  assert.ok(pattern('(?i)[\\x{80}-\\x{10ffff}]+ [а-я][a-z0-9_-]').test('ЯЯ ЯZ'))
})

test('a letter may be written by its number, which is no count', () => {
  assert.ok(pattern('^a\\x{2028}{2}$').test('a\u2028\u2028'))
  assert.ok(pattern('^\\p{Greek}\\x41$').test('λA'))
})

test('class 75: a group may have any name', () => {
  const match = pattern('(?<__proto__>a)(?<constructor>b)').find('ab')
  assert.deepEqual(
    Object.entries(match?.named ?? {}).filter(([name]) => name === 'constructor'),
    [['constructor', 'b']],
  )
  assert.equal(Reflect.get({}, 'a'), undefined)
})

test('lines of a stream are found wherever its pieces end, and long ones in parts', async () => {
  const bytes = new TextEncoder().encode('one\r\nzwölf ü\n\nthree ü')
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte)
  }
  const found: [number, string, number][] = []
  for await (const { line, text, match } of pattern('ü').lines(pieces())) found.push([line, text, match.index])
  assert.deepEqual(found, [
    [2, 'zwölf ü', 6],
    [4, 'three ü', 6],
  ])
  async function* long(): AsyncGenerator<string> {
    for (let n = 0; n < 3; n++) yield 'x'.repeat(9999)
    yield 'y\n'
  }
  const parts: number[] = []
  for await (const { line, text } of pattern('[xy]').lines(long())) parts.push(line, text.length)
  assert.deepEqual(parts, [1, 10_000, 1, 10_000, 1, 9998])
})

test('class 127: others have their turn while a large text is searched, and it ends when its caller goes away', async () => {
  async function* endless(): AsyncGenerator<string> {
    for (;;) yield `${'nothing to see '.repeat(20)}\n`.repeat(200)
  }
  const away = new AbortController()
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
    if (turns === 3) away.abort()
  }, 1)
  await assert.rejects(
    async () => {
      for await (const _line of pattern('(x+x+)+y').lines(endless(), { signal: away.signal })) assert.fail()
    },
    { name: 'AbortError' },
  )
  clearInterval(timer)
  assert.equal(turns, 3)
})
