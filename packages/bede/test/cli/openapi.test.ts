import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bede, project } from './bede.ts'

const { folder, remove } = project()
after(remove)

test('the document names every path of the app, and goes where it is told to', () => {
  const { code, out, err } = bede(['openapi'], { folder })
  assert.equal(err, '')
  assert.equal(code, 0)
  const document = JSON.parse(out)
  assert.match(document.openapi, /^3\.1\./)
  for (const path of ['/', '/latest', '/notes', '/notes/{id}', '/notes/{id}/share'])
    assert.ok(document.paths[path], path)
  const written = bede(['openapi', '--out', 'api.json'], { folder })
  assert.deepEqual([written.code, written.out], [0, ''])
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'api.json'), 'utf8')), document)
})

test('a file that cannot be written is said', () => {
  const { code, err } = bede(['openapi', '--out', 'no/such/folder/api.json'], { folder })
  assert.equal(code, 3)
  assert.match(err, /no\/such\/folder\/api\.json/)
  assert.ok(!existsSync(join(folder, 'no')))
})
