import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bede, project } from './bede.ts'

const { folder, remove } = project()
after(remove)
const run = (...words: string[]) => bede(words, { folder })
const file = (name: string, content?: string): string => {
  const path = join(folder, name)
  if (content !== undefined) writeFileSync(path, content)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

test('rows of a file become rows of a model, and what is refused is reported', () => {
  file('people.csv', 'email,name,password\na@example.com,Ada,long enough\nnobody,Bob,long enough\n')
  const imported = run('import', 'user', 'people.csv', '--system', 'a test', '--json')
  assert.equal(imported.code, 1)
  const report = 'people.csv.refused.ndjson'
  assert.deepEqual(JSON.parse(imported.out), { model: 'user', rows: 2, stored: 1, refused: 1, report })
  assert.match(file(report), /"row":2,"code":"invalid-value".*"place":"\/email"/)
  const exported = run('export', 'user', '--format', 'csv', '--fields', 'email,name', '--system', 'a test')
  assert.deepEqual([exported.code, exported.out], [0, 'email,name\r\na@example.com,Ada\r\n'])
  const written = run('export', 'user', '--out', 'people.json', '--system', 'a test', '--json')
  assert.deepEqual(JSON.parse(written.out), { model: 'user', file: 'people.json', format: 'json', rows: 1 })
  assert.equal(JSON.parse(file('people.json'))[0].name, 'Ada')
  assert.equal(existsSync(join(folder, 'people.json.partial')), false)
})

test('nobody in particular imports nothing that the policies do not allow', () => {
  file('notes.ndjson', '{"title":"Mine","authorId":"01890000-0000-7000-8000-000000000000"}\n')
  const refused = run('import', 'note', 'notes.ndjson')
  assert.equal(refused.code, 1)
  assert.match(file('notes.ndjson.refused.ndjson'), /"code":"forbidden"/)
  assert.equal(run('export', 'note', '--system', 'a test').out, '')
})

test('words that mean nothing are refused before anything is opened', () => {
  for (const [words, pattern] of [
    [['export', 'note', '--resume'], /Only an export to a file can go on/],
    [['export', 'notes'], /Perhaps you meant 'note'/],
    [['export', 'note', '--format', 'xml'], /There is no format 'xml'/],
    [['export', 'user', '--fields', 'password'], /no field to export called password/],
    [['import', 'note', 'absent.csv'], /There is no file absent\.csv/],
    [['import', 'user', 'people.csv', '--key', 'name'], /Rows of user are not known by name/],
    [['import', 'user', 'people.csv', '--existing', 'merge'], /There is no way 'merge'/],
  ] as const) {
    const { code, err } = run(...words)
    assert.equal(code, 2)
    assert.match(err, pattern)
  }
})
