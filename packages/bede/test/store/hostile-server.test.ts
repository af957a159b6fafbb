import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Statement } from '../../src/sql/statement.ts'
import { type Connection, type Driver, StoreError } from '../../src/store/driver.ts'
import { postgresDriver } from '../../src/store/postgres/driver.ts'
import { MessageWriter } from '../../src/store/postgres/writer.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { type Relay, relay } from './relay.ts'

const url = await postgresUrl()

/** A message of the server: a letter, a length that counts itself (or the one that is given), and its fields. */
function message(letter: string, body: Buffer, length = body.length + 4): Buffer {
  const head = Buffer.alloc(5)
  head.write(letter, 'latin1')
  head.writeInt32BE(length, 1)
  return Buffer.concat([head, body])
}

const field = (text: string, length = text.length): Buffer => {
  const head = Buffer.alloc(4)
  head.writeInt32BE(length)
  return Buffer.concat([head, Buffer.from(text)])
}
const row = (count: number, ...fields: readonly Buffer[]): Buffer =>
  message('D', Buffer.concat([Buffer.from([count >> 8, count & 255]), ...fields]))
const ready = message('Z', Buffer.from('I'))
const done = message('C', Buffer.from('SELECT 1\0'))

/** What no server sends; each instead of an answer. */
const malformed: Readonly<Record<string, Buffer>> = {
  'a length of nothing': message('D', Buffer.alloc(0), 0),
  'a length that goes back': message('D', Buffer.alloc(0), -5),
  'a length below itself': message('C', Buffer.alloc(0), 3),
  'a length beyond every message': message('D', Buffer.alloc(8), 0x7fffffff),
  'a row without its fields': row(65_535),
  'a field that is longer than its message': Buffer.concat([row(1, field('mine', 400)), done, ready]),
  'a field of a negative length': Buffer.concat([row(1, field('', -2)), done, ready]),
  'a row of nothing': Buffer.concat([message('D', Buffer.alloc(0)), done, ready]),
  'an error without an end': Buffer.concat([message('E', Buffer.from('SERROR')), ready]),
  'an error of nothing': Buffer.concat([message('E', Buffer.alloc(0)), ready]),
  'a notification without an end': message('A', Buffer.from('\0\0\0\0channel')),
  'a readiness of nothing': message('Z', Buffer.alloc(0)),
  'an end without an answer': ready,
}

describe('a server that does not keep to its protocol', { skip: url ? false : NO_POSTGRES }, () => {
  let between: Relay
  let driver: Driver
  let connection: Connection
  before(async () => {
    between = await relay(url ?? '')
    driver = postgresDriver({ url: between.url, pool: { connections: 1 } })
    connection = await driver.open()
  })
  afterEach(() => {
    between.fromServer = (data) => data
  })
  after(async () => {
    await driver?.close()
    await between?.shut()
  })
  const asking = (value: string): Statement => ({
    sql: 'select $1::text',
    params: [value],
    shape: ['value'],
    name: 'value',
  })
  const ask = async (value: string): Promise<unknown> => (await connection.query(asking(value)))[0]?.[0]
  const bodyOf = async (value: string): Promise<unknown> => connection.body?.(asking(value))

  for (const [what, bytes] of Object.entries(malformed)) {
    test(`${what} ends the connection and nothing else`, async () => {
      for (const asked of [ask, bodyOf]) {
        assert.equal(await asked('before'), 'before')
        let sent = false
        between.fromServer = (data) => {
          if (sent) return data
          sent = true
          return bytes
        }
        const all = await Promise.allSettled([asked('first'), asked('second'), asked('third')])
        for (const one of all) {
          assert.ok(one.status === 'rejected' && one.reason instanceof StoreError, JSON.stringify(one))
          assert.equal(one.reason.failure, 'unavailable')
        }
      }
      assert.equal(await ask('after'), 'after')
    })
  }

  for (const [what, unasked] of Object.entries({
    answer: Buffer.concat([row(1, field('unasked')), done, ready]),
    end: ready,
    tag: done,
    row: row(1, field('unasked')),
  })) {
    test(`a second ${what} that nobody asked for is nobody’s`, async () => {
      assert.equal(await ask('before'), 'before')
      let sent = false
      between.fromServer = (data) => {
        if (sent) return data
        sent = true
        return Buffer.concat([data, unasked])
      }
      assert.equal(await ask('first'), 'first')
      assert.equal(await ask('after'), 'after')
    })
  }

  test('a large answer in small parts is read once, not once for every part', async () => {
    const size = 8_000_000
    const statement: Statement = { sql: `select repeat('x', ${size})`, params: [], shape: ['value'] }
    const real = Buffer.concat
    let copied = 0
    Buffer.concat = (list, length) => {
      const made = real(list, length)
      copied += made.length
      return made
    }
    try {
      const [answer] = await connection.query(statement)
      assert.equal(answer?.[0]?.length, size)
    } finally {
      Buffer.concat = real
    }
    assert.ok(copied < size * 4, `${copied} bytes were copied for ${size}`)
  })
})

test('what cannot be written leaves nothing half written behind', () => {
  const writer = new MessageWriter()
  writer.parse('a', 'select 1')
  const length = writer.take().length
  assert.ok(length > 0)
  assert.throws(() =>
    writer.whole(() => {
      writer.parse('b', 'select $1')
      writer.run(
        'b',
        Array.from({ length: 70_000 }, () => 'x'),
      )
    }),
  )
  assert.ok(writer.empty)
  writer.parse('a', 'select 1')
  assert.equal(writer.take().length, length)
})
