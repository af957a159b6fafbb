import assert from 'node:assert/strict'
import { test } from 'node:test'
import { files, read } from './tree.ts'

/** What may open a connection: the one client for handlers, and what speaks to a backend that the place names. */
const ALLOWED: Readonly<Record<string, string>> = {
  'packages/bede/src/toolkit/http/connection.ts': 'the outbound client',
  'packages/bede/src/toolkit/http/resolve.ts': 'its name server',
  'packages/bede/src/store/postgres/wire.ts': 'the database',
  'packages/bede/src/practice/prove/target/target.ts': 'attacks the app that it has started itself',
}
/** Scripts of pages that Bede serves: they run in a browser, and call whom the page came from. */
const PAGES = /^packages\/bede\/src\/surface\/(docs|links|mailbox)\/script\.ts$/

const opens = [
  /\bfetch\(/,
  /\b(WebSocket|EventSource|XMLHttpRequest)\(/,
  /from 'node:(dns|http2|dgram|https)(\/promises)?'/,
  /import \{[^}]*\b(request|get|Agent|globalAgent|ClientRequest)\b[^}]*\} from 'node:http'/,
  /import \{[^}]*\b(Socket|connect|createConnection)\b[^}]*\} from 'node:(net|tls)'/,
  /from '(undici|axios|got|node-fetch)'/,
]

test('nothing but the outbound client calls out (class 108)', () => {
  const found = files(/^packages\/bede\/src\/.*\.ts$/)
    .filter((path) => !(path in ALLOWED) && !PAGES.test(path))
    .filter((path) => {
      const code = read(path)
        .replace(/^import type .*$/gm, '')
        .replace(/\btype [A-Z]\w*/g, '')
      return opens.some((one) => one.test(code))
    })
  assert.deepEqual(found, [], 'use toolkit/http; what speaks to a backend of the place is named here with its reason')
})

test('what may open a connection is there', () => {
  for (const path of Object.keys(ALLOWED))
    assert.ok(
      opens.some((one) => one.test(read(path))),
      path,
    )
})
