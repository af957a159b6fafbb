import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { catalogue } from '../../src/telemetry/catalogue/catalogue.ts'

const document = readFileSync(new URL('../../../../docs/reference/errors.md', import.meta.url), 'utf8')

const described = [...document.matchAll(/^\| `([\w-]+)` \| (\d{3}|start) \| (.+?) \| (.+?) \|$/gm)].map(
  ([, code = '', status = '', title = '', advice = '']) => ({ code, status, title, advice }),
)

test('the document describes every code of the catalogue once, and no other', () => {
  assert.deepEqual(described.map(({ code }) => code).sort(), Object.keys(catalogue).sort())
})

test('the document and the catalogue agree on status and title', () => {
  const entries = new Map(Object.entries(catalogue))
  for (const { code, status, title } of described) {
    const entry = entries.get(code)
    assert.equal(title, entry?.title, code)
    // A problem that only ever stops a start or a command has no caller to send a status to.
    assert.ok(
      status === 'start' ? entry?.status === 500 : status === String(entry?.status),
      `${code}: ${entry?.status}`,
    )
  }
})

test('the document says what to do about each', () => {
  for (const { code, advice } of described) assert.match(advice, /\w{3,}.*\.$/, code)
})
