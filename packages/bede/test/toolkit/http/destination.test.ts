import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app, defineSchema, id, model } from '../../../src/index.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { Destinations, isPrivatePlace, wrongOrigin } from '../../../src/toolkit/http/destination.ts'

const destinations = new Destinations({
  allow: ['https://api.example.com', 'https://*.example.org', 'http://plain.example.com:8080', 'https://1.1.1.1'],
  private: ['127.0.0.1:9000', 'search:9200', '[fd00::5]:80', 'vault.example.net:443', '1.0.0.1:80'],
  public: true,
})

const refused = (work: () => unknown, about: string) =>
  assert.throws(
    work,
    (error) => isProblem(error) && error.code === 'destination-refused' && error.status === 422,
    about,
  )

test('a handler calls what the app and the place name, by scheme, host and port', () => {
  for (const [address, trust] of [
    ['https://api.example.com/x?y', 'allowed'],
    ['https://API.EXAMPLE.COM:443/', 'allowed'],
    ['https://a.b.example.org/', 'allowed'],
    ['http://plain.example.com:8080/', 'allowed'],
    ['https://1.1.1.1/dns', 'allowed'],
    ['http://127.0.0.1:9000/', 'private'],
    ['https://search:9200/', 'private'],
    ['http://[fd00::5]/', 'private'],
    ['http://0x7f.1:9000/', 'private'],
  ] as const)
    assert.equal(destinations.chosen(address).trust, trust, address)
  for (const address of [
    'http://api.example.com/',
    'https://api.example.com:8443/',
    'https://api.example.com./',
    'https://example.org/',
    'https://evilexample.org/',
    'https://api.example.com.evil.example/',
    'https://evil.example/?https://api.example.com',
    'https://user@api.example.com/',
    'https://api.example.com:pass@api.example.com/',
    'https://evil.example\\@api.example.com/',
    'http://127.0.0.1:9001/',
    'http://127.0.0.2:9000/',
    'http://localhost:9000/',
    'ftp://api.example.com/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:1',
    'https://',
    '',
    '/relative',
    `https://api.example.com/${'a'.repeat(9_000)}`,
    `https://${'a'.repeat(260)}.example.org/`,
  ])
    refused(() => destinations.chosen(address), address)
})

test('what a caller gave is on the Internet, and nothing that the place has', () => {
  assert.equal(destinations.given('http://example.net/x').trust, 'public')
  assert.equal(destinations.given('https://[2606:4700:4700::1111]/').trust, 'public')
  for (const address of [
    'http://127.0.0.1:9000/',
    'https://search:9200/',
    'http://[fd00::5]/',
    'https://vault.example.net/secrets',
    'https://VAULT.example.net:443/',
    'http://0x1000001/',
    'https://example.net:8443',
  ])
    refused(() => destinations.given(address), address)
  const closed = new Destinations({ allow: [], private: [], public: false })
  refused(() => closed.given('https://example.net/'), 'not declared')
})

test('an app that names what is no origin does not come to be, and is told of every one', () => {
  for (const right of [
    'https://a.example',
    'http://a.example:81',
    'https://*.a.example',
    'https://[2606:4700::1]:8443',
  ])
    assert.equal(wrongOrigin(right), undefined, right)
  const wrong = [
    'a.example', 'https://a.example/', 'https://a.example/x', 'https://u:p@a.example', 'https://A.example', 'ftp://a.example',
    'https://*', 'https://*.example', 'https://a.*.example', 'https://*.1.2.3.4', 'https://a.example:443', '*', 'public', '',
  ] // biome-ignore format: a list of mistakes
  for (const one of wrong) assert.ok(wrongOrigin(one), one)
  const schema = defineSchema({ note: model({ id: id<'note'>() }) })
  assert.throws(
    () => app({ name: 'a', schema, use: {}, http: { allow: ['https://right.example', ...wrong] } }),
    (error) =>
      isProblem(error) &&
      error.code === 'invalid-declaration' &&
      error.details.length === wrong.length &&
      error.details[0]?.place === 'app.http.allow.1',
  )
})

test('a place names hosts with their ports, and never an address of metadata', () => {
  for (const right of ['10.0.0.5:9000', 'search:9200', 'db.internal:80', '[fd00::5]:443', '127.0.0.1:1'])
    assert.ok(isPrivatePlace(right), right)
  for (const wrong of [
    '10.0.0.5', ':9000', 'http://a:1', 'a:0', 'a:70000', 'a:1/x', 'u@a:1', '*:80', '0x7f.1:80', 'A:1', 'a.:1',
    '169.254.169.254:80', '100.100.100.200:80', '[fd00:ec2::254]:80', '0.0.0.0:80', '[::ffff:10.0.0.5]:80', '',
  ])
    assert.ok(!isPrivatePlace(wrong), wrong) // biome-ignore format: a list of mistakes
})
