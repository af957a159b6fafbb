import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start, system } from 'bede'
import app from '../app.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {}, with: () => quiet }

test('the demo data is the same every time, and goes into an empty database only', async () => {
  const backend = await start(app, { database: 'memory://', mode: 'development', log: quiet })
  try {
    const list = async () => {
      const { answer } = await backend.call('listArticles', { query: { limit: 3 } })
      assert.equal(answer.kind, 'json')
      return answer.kind === 'json' ? answer.text : ''
    }
    const seeded = await backend.call('seed', { articles: 40 }, system('test'))
    assert.deepEqual(seeded.answer, {
      kind: 'json',
      text: '{"users":80,"articles":40,"tags":102,"comments":64,"favorites":229,"follows":632}',
    })
    const before = await list()
    assert.match(before, /"articlesCount":40/)
    await assert.rejects(backend.call('seed', { articles: 40 }, system('test')), { code: 'conflict' })
    assert.equal(await list(), before)
  } finally {
    await backend.close()
  }
})

test('nobody but the system may fill the database', async () => {
  const backend = await start(app, { database: 'memory://', mode: 'development', log: quiet })
  try {
    const anybody = { id: '019a0000-0000-7000-8000-000000000000' }
    await assert.rejects(backend.call('seed', {}, null), { code: 'unauthenticated' })
    await assert.rejects(backend.call('seed', {}, anybody), { code: 'forbidden' })
    const { answer } = await backend.call('listArticles')
    assert.deepEqual(answer, { kind: 'json', text: '{"articles":[],"articlesCount":0}' })
  } finally {
    await backend.close()
  }
})
