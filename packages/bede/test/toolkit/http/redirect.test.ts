import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { Destinations } from '../../../src/toolkit/http/destination.ts'
import type { HttpRequestOptions } from '../../../src/toolkit/http/http.ts'
import { prepared } from '../../../src/toolkit/http/prepared.ts'
import { redirectedMessage } from '../../../src/toolkit/http/redirect.ts'

const destinations = new Destinations({
  allow: ['https://a.example', 'https://b.example', 'http://plain.example'],
  private: ['inner:9000'],
  public: true,
})
const headers = {
  Authorization: 'canary',
  Cookie: 'canary',
  'X-Api-Key': 'canary',
  'X-Anything': 'canary',
  Accept: 'text/*',
}

const redirected = (method: string, status: number, location: string, options: HttpRequestOptions = {}) => {
  const from = destinations.chosen('https://a.example/x?token=canary')
  const sent = prepared(from, method, { headers, ...options })
  return redirectedMessage(sent, status, from, destinations.redirected(from, location))
}

test('class 110: nothing that says who asks goes along to another origin, under whatever name it travels', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const there = redirected('GET', status, 'https://b.example/')
    assert.deepEqual(Object.keys(there.headers).sort(), ['accept', 'accept-encoding', 'user-agent'])
    assert.ok(!JSON.stringify({ ...there, url: there.to.url.href }).includes('canary'))
    const here = redirected('GET', status, '/y')
    assert.equal(here.headers.authorization, 'canary')
    assert.equal(here.to.url.href, 'https://a.example/y')
  }
})

test('class 110: a body goes to nobody but whom it was meant for', () => {
  for (const [method, status] of [
    ['POST', 307],
    ['POST', 308],
    ['PUT', 301],
    ['PUT', 302],
    ['DELETE', 302],
    ['PATCH', 308],
  ] as const)
    assert.throws(
      () => redirected(method, status, 'https://b.example/', method === 'DELETE' ? {} : { json: 'canary' }),
      isProblem,
    )
  for (const status of [301, 302, 303]) {
    const there = redirected('POST', status, 'https://b.example/', { json: 'canary', idempotencyKey: 'canary' })
    assert.deepEqual([there.method, there.body, there.headers['content-type']], ['GET', undefined, undefined])
    assert.ok(!JSON.stringify(there.headers).includes('canary'))
  }
})

test('class 105: a redirect is followed to what might have been called, and from https to nothing less', () => {
  const from = destinations.chosen('https://a.example/')
  for (const to of [
    'http://a.example/',
    'http://plain.example/',
    'https://c.example/',
    'https://inner:9000/',
    'http://inner:9000/',
    'https://u:p@b.example/',
    'javascript:1',
    'https://',
  ])
    assert.throws(() => destinations.redirected(from, to), isProblem, to)
  const given = destinations.given('http://c.example/')
  for (const to of [
    'http://inner:9000/',
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://0x7f.1/',
    'http://d.example:8080/',
    'http://localhost/',
  ])
    assert.throws(() => destinations.redirected(given, to), isProblem, to)
  assert.equal(destinations.redirected(given, '//d.example/x').url.href, 'http://d.example/x')
})
