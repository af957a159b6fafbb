import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { bede, project } from './bede.ts'

const { folder, remove } = project()
after(remove)

const path = join(folder, 'models/note.ts')
writeFileSync(
  path,
  readFileSync(path, 'utf8').replace(
    'shared: bool',
    "code: text({ optional: true, encrypted: { search: 'exact' } }),\n    shared: bool",
  ),
)
const [first, second] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('hex')]
const run = (words: readonly string[], environment: Readonly<Record<string, string>>) => {
  const ran = bede(words, { folder, environment })
  assert.doesNotMatch(ran.err + (words[0] === 'export' ? '' : ran.out), /canary/, words.join(' '))
  for (const secret of [first, second]) assert.ok(!(ran.out + ran.err).includes(secret), words.join(' '))
  return ran
}

describe('encrypted rows of a project', () => {
  test('are imported, kept closed on the disk, and exported in clear', () => {
    const rows = Array.from({ length: 3 }, (_, n) => ({
      title: `note ${n}`,
      code: `canary-${n}`,
      authorId: '0190a1b2-c3d4-7e5f-8a9b-000000000001',
    }))
    const user = {
      id: rows[0]?.authorId,
      name: 'Ada',
      email: 'ada@example.com',
      password: 'correct horse battery staple',
    }
    writeFileSync(join(folder, 'users.ndjson'), JSON.stringify(user))
    writeFileSync(join(folder, 'notes.ndjson'), rows.map((row) => JSON.stringify(row)).join('\n'))
    const none = run(['import', 'note', 'notes.ndjson', '--system', 'test'], {})
    assert.equal(none.code, 2, none.err)
    assert.match(none.err, /note\.code is encrypted.*\n*.*BEDE_SECRET/)
    for (const model of ['user', 'note']) {
      const made = run(['import', model, `${model}s.ndjson`, '--system', 'test'], { BEDE_SECRET: first })
      assert.equal(made.code, 0, made.err)
    }
    const data = join(folder, '.bede/data')
    for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
      const file = join(data, name)
      if (statSync(file).isFile()) assert.ok(!readFileSync(file).includes('canary-'), `${name} holds it in clear`)
    }
    for (const format of ['ndjson', 'csv']) {
      const out = run(['export', 'note', '--format', format, '--fields', 'title,code', '--system', 'test'], {
        BEDE_SECRET: first,
      })
      assert.equal(out.out.match(/canary-\d/g)?.length, 3, out.err)
    }
  })

  test('are counted by secret, sealed anew, and then the secret before may go', () => {
    const both = { BEDE_SECRET: second, BEDE_SECRET_PREVIOUS: first }
    assert.equal(run(['secrets', 'status'], { BEDE_SECRET: first }).code, 0)
    const before = run(['secrets', 'status', '--json'], both)
    assert.equal(before.code, 1, before.err)
    const { current, columns } = JSON.parse(before.out)
    const [{ column, under }] = columns
    assert.equal(column, 'note.code')
    assert.deepEqual(Object.values(under), [3])
    assert.ok(!Object.hasOwn(under, current))
    const rotated = run(['secrets', 'rotate'], both)
    assert.equal(rotated.code, 0, rotated.err)
    assert.match(rotated.out, /^3 rows sealed anew\n.*note\.code +[0-9a-f]{10} \(current\) +3/s)
    assert.equal(run(['secrets', 'status'], { BEDE_SECRET: second }).code, 0)
    const out = run(['export', 'note', '--fields', 'code', '--system', 'test'], { BEDE_SECRET: second })
    assert.equal(out.out.match(/canary-\d/g)?.length, 3, out.err)
    const lost = run(['export', 'note', '--fields', 'code', '--system', 'test'], { BEDE_SECRET: first })
    assert.equal(lost.code, 2)
    assert.match(lost.err, /sealed under the secret [0-9a-f]{10}/)
    assert.doesNotMatch(lost.out, /canary/)
  })
})
