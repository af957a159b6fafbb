import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { killList } from '../../src/identity/ending.ts'

test('the kill list in the reference is the one that is carried out', () => {
  const text = readFileSync(new URL('../../../../docs/reference/kill-list.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `([\w.-]+)` \| [^|]+ \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$/gm)]
  assert.deepEqual(
    Object.fromEntries(
      rows.map(([, event, session, oneTime, apiKey, passkey]) => [event, { session, oneTime, apiKey, passkey }]),
    ),
    killList,
  )
})
