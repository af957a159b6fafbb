import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Concealing } from '../../src/telemetry/concealing.ts'
import { createLogger, type LoggerOptions } from '../../src/telemetry/logger.ts'

const logging = (options: LoggerOptions = {}) => {
  const lines: string[] = []
  return { lines, log: createLogger({ ...options, write: (line) => lines.push(line) }) }
}

test('a line is one JSON object with its time, level and context', () => {
  const { lines, log } = logging()
  log.with({ operation: 'publish' }).info('done', { rows: 2, message: 'not this' })
  const line = JSON.parse(lines[0] ?? '{}')
  assert.deepEqual([line.level, line.message, line.operation, line.rows], ['info', 'done', 'publish', 2])
  assert.match(line.time, /^\d{4}-\d\d-\d\dT/)
})

test('lines below the level are not written', () => {
  const { lines, log } = logging({ level: 'warn' })
  log.debug('a')
  log.info('b')
  log.warn('c')
  assert.equal(lines.length, 1)
})

test('class 11: what travels under a secret name is not written, at any depth and in any spelling', () => {
  const { lines, log } = logging()
  const secrets = {
    password: 'canary1',
    nested: { Access_Token: 'canary2', list: [{ 'set-cookie': 'canary3' }] },
    AUTHORIZATION: 'canary4',
    database_url: 'canary5',
  }
  log.error('x', {
    ...secrets,
    cause: Object.assign(new Error('failed', { cause: { token: 'canary6' } }), { query: 'canary7' }),
  })
  assert.doesNotMatch(lines.join(), /canary/)
  assert.match(lines.join(), /failed/)
})

test("a caller's text cannot forge a line", () => {
  for (const form of ['json', 'text'] as const) {
    const { lines, log } = logging({ form })
    log.info('name\u2028{"level":"error"}', { who: 'a\u001b[2Jb\r\nc' })
    assert.equal(lines.length, 1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.doesNotMatch(lines[0] ?? '', form === 'json' ? /[\u0000-\u001f]/ : /[\u0000-\u0009\u000b-\u001f\u2028]/)
  }
})

test('what cannot be written is named and throws nothing', () => {
  const { lines, log } = logging()
  const loop: Record<string, unknown> = {}
  loop.self = loop
  log.info('x', { loop, big: 1n, f: () => 1, when: new Date(Number.NaN), long: 'x'.repeat(10_000) })
  assert.ok((lines[0] ?? '').length < 6_000)
})

test('a line ends, however much leads to however much', () => {
  const { lines, log } = logging()
  const graph = Array.from({ length: 9 }, (): Record<string, unknown> => ({}))
  for (const one of graph) for (const [at, other] of graph.entries()) one[`to${at}`] = other
  for (const to of [log, new Concealing(log, new Set(['to1']))]) to.info('x', { graph })
  log.info('x', { body: { ['n'.repeat(50_000)]: 1 }, texts: Array.from({ length: 150 }, () => 'x'.repeat(5_000)) })
  assert.equal(lines.length, 3)
  for (const line of lines) assert.ok(line.length < 500_000, `${line.length} letters`)
  assert.doesNotMatch(lines[2] ?? '', /n{5000}/)
})

test('class 11: what is concealed is concealed in what caused an error, too', () => {
  const { lines, log } = logging()
  const error = new Error('failed', { cause: { row: { salary: 'canary', title: 'shown' } } })
  new Concealing(log, new Set(['salary'])).error('x', { error })
  const line = JSON.parse(lines[0] ?? '{}')
  assert.deepEqual([line.error.message, line.error.cause.row.title], ['failed', 'shown'])
  assert.match(line.error.stack, /logger\.test/)
  assert.doesNotMatch(lines[0] ?? '', /canary/)
})
