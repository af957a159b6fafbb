import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'libpg-query'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { bede, command, project } from './bede.ts'

const url = await postgresUrl()
const { folder, remove } = project()
after(remove)

test('an operation is one statement, with its policy and its parameters in it', async () => {
  const { code, out, err } = bede(['sql', 'note.get'], { folder })
  assert.equal(err, '')
  assert.equal(code, 0)
  const { stmts } = await parse(out)
  assert.equal(stmts?.length, 1)
  assert.match(out, /"shared" or \("t0"\."author_id" = \$\d::uuid\)/, 'the policy')
  assert.match(out, /^-- \$\d {2}input id$/m)
  assert.match(out, /^-- \$\d {2}actor id$/m)
})

test('for nobody the statement has no actor in it', () => {
  const { out } = bede(['sql', 'note.get', '--anonymous'], { folder })
  assert.doesNotMatch(out, /actor id/)
})

test('an optional input is in the statement when it is sent, and only then', () => {
  const without = bede(['sql', 'note.list'], { folder }).out
  const filtered = bede(['sql', 'note.list', '--with', 'authorId'], { folder }).out
  assert.doesNotMatch(without, /^-- \$\d+ +input authorId$/m)
  assert.match(filtered, /^-- \$\d+ +input authorId$/m)
  const { code, err } = bede(['sql', 'note.list', '--with', 'autorId'], { folder })
  assert.equal(code, 2)
  assert.match(err, /Perhaps you meant authorId\./)
})

test('the last part of a name will do, where it is the only one', () => {
  const { folder: own, remove: gone } = project()
  after(gone)
  appendFileSync(
    join(own, 'api/notes.ts'),
    `
import { and, given, text } from 'bede'
export const found = route('GET /found/:title', {
  auth: 'optional',
  params: { title: text() },
  query: { q: text({ optional: true }) },
  answers: ({ params, query }) => ({
    notes: noteView.list({ where: (note) => and(note.title.eq(params.title), given(query.q, (q) => note.body.eq(q))), limit: 5 }),
  }),
})
`,
  )
  const short = bede(['sql', 'found', '--with', 'q'], { folder: own })
  assert.equal(short.err, '')
  assert.equal(short.out, bede(['sql', 'found', '--with', 'query.q'], { folder: own }).out)
  assert.match(short.out, /input query\.q/)
  assert.doesNotMatch(short.out, /not sent/)
  assert.match(bede(['sql', 'found', '--with', 'r'], { folder: own }).err, /There are: query\.q\./)
})

test('a write is one statement too', async () => {
  const { out } = bede(['sql', 'share'], { folder })
  assert.equal((await parse(out)).stmts?.length, 1)
  assert.match(out, /update "note"/)
})

test('an operation that is not there is a finding, with the one that was meant, or all of them', () => {
  const near = bede(['sql', 'note.lst'], { folder })
  assert.equal(near.code, 1)
  assert.match(near.err, /There is no operation 'note\.lst'\.\n→ Perhaps you meant note\.list\./)
  assert.match(bede(['sql', 'constructor'], { folder }).err, /There are:\n[\s\S]* auth\.me\n[\s\S]*home\n/)
  assert.match(bede(['sql', 'home'], { folder }).err, /home runs a handler/)
})

test('with --json it is for programs', () => {
  const { out } = bede(['sql', 'share', '--json'], { folder })
  const { sql, parameters } = JSON.parse(out)
  assert.match(sql, /^with/)
  assert.equal(parameters[0].parameter, '$1')
})

for (const store of ['embedded', 'postgres'] as const) {
  test(`with --explain comes the plan of the database, and nothing is run (${store})`, {
    skip: store === 'postgres' && !url ? NO_POSTGRES : false,
  }, () => {
    const environment: Record<string, string> = store === 'postgres' && url ? { DATABASE_URL: url } : {}
    const early = bede(['sql', 'note.get', '--explain'], { folder, environment })
    assert.equal(early.code, 3)
    assert.match(early.err, /no tables of this app.*\n→ Run bede dev once/)
    assert.equal(existsSync(join(folder, '.bede')), false)
    assert.equal(bede(['call', 'note.list'], { folder, environment }).code, 0)
    const { code, out } = bede(['sql', 'note.get', '--explain', '--json'], { folder, environment })
    assert.equal(code, 0)
    assert.match(JSON.parse(out).plan, /Index Scan using note_pkey[\s\S]*\$\d/)
    bede(['sql', 'note.create', '--explain'], { folder, environment })
    assert.equal(bede(['call', 'note.list'], { folder, environment }).out, '{"items":[],"next":null}\n')
    rmSync(join(folder, '.bede'), { recursive: true, force: true })
  })
}

test('a reader that stops reading ends nothing with a stack', () => {
  const shell = spawnSync('sh', ['-c', `"${process.execPath}" "${command}" sql note.list | head -1`], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, BEDE_SOURCE: '1' },
  })
  assert.equal(shell.stderr, '')
})
