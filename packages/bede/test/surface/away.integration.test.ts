import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { relay } from '../store/relay.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { startLive } from './support/live.ts'

const url = await postgresUrl()

describe('a database that goes away', { skip: url ? false : NO_POSTGRES }, () => {
  const closing: (() => Promise<void>)[] = []
  after(async () => {
    for (const close of closing.reverse()) await close()
  })

  test('503 with Retry-After, nothing half written, and back without a restart', async () => {
    const between = await relay(url ?? '')
    closing.push(() => between.shut())
    const live = await startLive({ name: 'PostgreSQL', skip: false, url: between.url })
    closing.push(() => live.close())
    const write = () =>
      live.fetch('/api/articles', {
        method: 'POST',
        as: 'jane',
        json: { article: { title: 'Away', description: 'd', body: 'b' } },
      })
    assert.equal((await write()).status, 201)
    assert.equal((await live.fetch('/health/ready')).status, 200)
    const earlier = await live.everything()
    await between.shut()
    const inside = /ECONN|connect|127\.0\.0\.1|postgres|pg|socket/i
    for (const ask of [
      () => live.fetch('/articles'),
      write,
      () => live.fetch('/batch', { method: 'POST', json: { operations: [{ operation: 'article.list' }] } }),
    ]) {
      const answer = await ask()
      const text = await answer.text()
      assert.equal(answer.status, 503, text)
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
      assert.ok(!inside.test(text), text)
    }
    while ((await live.fetch('/health/ready')).status !== 503) await sleep(50)
    assert.equal((await live.fetch('/health/live')).status, 200)
    await between.open()
    while ((await live.fetch('/health/ready')).status !== 200) await sleep(50)
    assert.equal((await live.fetch('/articles')).status, 200)
    assert.equal(await live.everything(), earlier)
    assert.equal((await write()).status, 201)
  })
})
