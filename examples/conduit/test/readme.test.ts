import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { link } from 'bede'
import app from '../app.ts'
import { operations } from './openapi.ts'

const { manifest } = link(app)
const endpoints = Object.values(manifest.operations).flatMap(({ http, kind }) =>
  http ? [{ name: `${http.method} ${http.path}`, handler: kind === 'invoke' }] : [],
)

test('the endpoints are those of the contract, and no others', () => {
  const served = endpoints.map(({ name }) => name.replace(/:(\w+)/g, '{$1}').replace(' /api', ' ')).sort()
  assert.deepEqual(served, operations.map(({ name }) => name).sort())
})

test('the README counts compiled endpoints and handlers as the manifest has them', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const handlers = endpoints.filter(({ handler }) => handler).map(({ name }) => name)
  assert.equal(/^\| compiled \| (\d+) \|/m.exec(readme)?.[1], String(endpoints.length - handlers.length))
  const [, count, named = ''] = /^\| handlers \| (\d+) \| (.*) \|$/m.exec(readme) ?? []
  assert.equal(count, String(handlers.length))
  assert.deepEqual([...named.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort(), handlers.sort())
})
