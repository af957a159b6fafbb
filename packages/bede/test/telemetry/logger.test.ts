import assert from 'node:assert/strict'
import { test } from 'node:test'
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
