import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bede, project } from './bede.ts'

const { folder, remove } = project()
after(remove)

appendFileSync(
  join(folder, 'services/notes.ts'),
  `
import { integer, nobody } from 'bede'
import { action, Users } from '../models/index.ts'
export const fill = action({
  input: { notes: integer({ min: 1, max: 10 }) },
  allow: () => nobody,
  run: async ({ input, db }) => {
    const { id } = await db.create(Users, { email: 'a@example.com', name: 'A', password: 'long enough to be one' })
    for (let n = 1; n <= input.notes; n++) await db.create(Notes, { title: 'Note ' + n, authorId: id, shared: true })
    return { made: input.notes }
  },
})
export const broken = action({
  auth: 'optional',
  run: async () => {
    throw new Error('the shelf fell')
  },
})
`,
)

test('an operation is called by nobody, with nobody’s rights', () => {
  const listed = bede(['call', 'note.list'], { folder })
  assert.match(listed.err, /^\{.*"message":"made the tables of the app in an empty database"\}\n$/)
  assert.deepEqual([listed.code, listed.out], [0, '{"items":[],"next":null}\n'])
  const refused = bede(['call', 'fill', '--input', '{"notes":2}', '--json'], { folder })
  assert.equal(refused.code, 1)
  assert.equal(JSON.parse(refused.out).code, 'unauthenticated')
  assert.equal(bede(['call', 'note.list'], { folder }).out, '{"items":[],"next":null}\n', 'nothing was written')
})

test('a failure of the app itself is shown to whoever runs the command, when they ask', () => {
  const plain = bede(['call', 'broken'], { folder })
  assert.equal(plain.code, 3)
  assert.match(plain.err, /BEDE_DEBUG=1 shows what it was/)
  assert.doesNotMatch(plain.err, /\[cause\]/)
  const asked = bede(['call', 'broken'], { folder, environment: { BEDE_DEBUG: '1' } })
  assert.match(asked.err, /\[cause\]: Error: the shelf fell/)
})

test('the rights of the system are named, and the reason is logged', () => {
  writeFileSync(join(folder, 'input.json'), '{"notes":2}')
  const { code, out, err } = bede(['call', 'fill', '--system', 'demo data', '--input', '@input.json'], { folder })
  assert.deepEqual([code, out], [0, '{"made":2}\n'])
  assert.match(err, /"reason":"demo data"/)
  const { items } = JSON.parse(bede(['call', 'note.list', '--input', '{"limit":1}'], { folder }).out)
  assert.equal(items[0].title, 'Note 2')
})

test('a name that no operation has is refused before anything is opened, with the one that was meant', () => {
  const { folder: fresh, remove: gone } = project()
  after(gone)
  const { code, err } = bede(['call', 'note.lst'], { folder: fresh })
  assert.equal(code, 1)
  assert.match(err, /There is no operation 'note\.lst'\.\n→ Perhaps you meant note\.list\./)
  assert.equal(existsSync(join(fresh, '.bede')), false)
  assert.match(bede(['call', '--help'], { folder }).out, /An empty database gets its tables/)
  assert.match(bede(['call', 'note.list'], { folder: fresh }).err, /made the tables of the app in an empty database/)
  assert.equal(bede(['call', 'note.list'], { folder: fresh }).err, '')
})

test('what is no input is refused before anything is opened', () => {
  const { code, err } = bede(['call', 'note.list', '--input', '{limit'], { folder })
  assert.equal(code, 2)
  assert.match(err, /--input is not JSON/)
  const odd = bede(['call', 'note.list', '--input', '{"limit":0,"sort":"body"}'], { folder })
  assert.equal(odd.code, 1)
  assert.match(odd.err, /limit/)
  assert.match(odd.err, /sort/)
})

test('after a change of a model it is said what makes the tables follow while one develops', () => {
  const models = join(folder, 'models/note.ts')
  const before = readFileSync(models, 'utf8')
  try {
    writeFileSync(models, before.replace('title: text(', "subtitle: text({ default: '' }),\n  title: text("))
    const { code, out } = bede(['call', 'note.list', '--json'], { folder })
    assert.equal(code, 3)
    const refused = JSON.parse(out)
    assert.equal(refused.code, 'store-schema')
    assert.match(refused.hint, /start `bede dev` once/)
  } finally {
    writeFileSync(models, before)
  }
})

test('an app that seals something is called before it was ever developed, under a secret that stays', () => {
  const models = join(folder, 'models/note.ts')
  const before = readFileSync(models, 'utf8')
  const fresh = ['--data', join(folder, 'fresh')]
  try {
    writeFileSync(
      models,
      before.replace('title: text(', 'hidden: text({ optional: true, encrypted: true }),\n  title: text('),
    )
    const secret = join(folder, '.bede', 'secret')
    assert.ok(!existsSync(secret))
    const first = bede(['call', 'note.list', ...fresh], { folder })
    assert.equal(first.code, 0, first.out + first.err)
    const made = readFileSync(secret, 'utf8')
    assert.equal(bede(['call', 'note.list', ...fresh], { folder }).code, 0)
    assert.equal(readFileSync(secret, 'utf8'), made)
  } finally {
    writeFileSync(models, before)
  }
})
