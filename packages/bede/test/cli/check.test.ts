import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { bede, project } from './bede.ts'

const remove: (() => void)[] = []
after(() => {
  for (const each of remove) each()
})

/** A project as `bede new` writes it, with one file changed. */
function changed(file: string, from: string | RegExp, to: string): string {
  const { folder, remove: gone } = project()
  remove.push(gone)
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  assert.match(text, typeof from === 'string' ? new RegExp(from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : from)
  writeFileSync(path, text.replace(from, to))
  return folder
}
const unchanged = () => changed('app.ts', 'notes', 'notes')

describe('a project without mistakes', () => {
  test('is summed up, with what it serves and who may call it', () => {
    const { code, out, err } = bede(['check'], { folder: unchanged() })
    assert.equal(err, '')
    assert.equal(code, 0)
    assert.match(out, /^✓ notes: 2 models, 2 policies/)
    assert.match(out, /^ {2}POST +\/notes\/:id\/share +signed in +share$/m)
    assert.match(out, /^ {2}POST +\/batch +per entry +several of these, all or none$/m)
    assert.match(out, /^ {2}GET +\/latest +anyone +latest$/m)
  })

  test('with --json is its manifest, and the same one each time', () => {
    const folder = unchanged()
    const { code, out } = bede(['check', '--json'], { folder })
    assert.equal(code, 0)
    const manifest = JSON.parse(out)
    assert.equal(manifest.version, 1)
    assert.ok(manifest.policies.note.read)
    assert.equal(bede(['check', '--json', '--app', 'app.ts'], { folder }).out, out)
  })
})

describe('who may do what', () => {
  test('is printed as tables with their rules below, and asks no database', () => {
    const { code, out, err } = bede(['check', '--policies'], { folder: unchanged() })
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^note\n +nobody +signed in /m)
    assert.match(out, /^ {2}note\.create +POST \/notes +no( +yes){4}$/m)
    assert.match(out, /^ {4}1: row\..*$/m)
    assert.match(out, /^Handlers$/m)
    assert.doesNotMatch(out, /Look at these/)
  })

  test('with --json is for programs', () => {
    const { code, out } = bede(['check', '--policies', '--json'], { folder: unchanged() })
    const { app, sections, warnings } = JSON.parse(out)
    assert.deepEqual([code, app, warnings], [0, 'notes', []])
    const note = sections.find(({ model }: { model?: string }) => model === 'note')
    const create = note.operations.find(({ operation }: { operation: string }) => operation === 'note.create')
    assert.deepEqual(create.cells.slice(0, 2), [{ may: 'no' }, { may: 'yes' }])
    assert.equal(create.cells.length, note.roles.length)
  })

  test('what looks like a mistake is listed, and the exit code stays 0', () => {
    const folder = changed('services/notes.ts', /update: mine/, 'update: nobody')
    const path = join(folder, 'services/notes.ts')
    writeFileSync(path, `import { nobody } from 'bede'\n${readFileSync(path, 'utf8')}`)
    const { code, out, err } = bede(['check', '--policies'], { folder })
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /Look at these\n[\s\S]* {2}note\.update +Nobody may call it/)
  })
})

describe('mistakes', () => {
  test('a model whose policy is gone is refused, with the place and what to do', () => {
    const folder = changed('services/notes.ts', 'export const notePolicy', 'const notePolicy')
    const { code, out, err } = bede(['check'], { folder })
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(
      err,
      /^error {2}notes has a mistake\.\n\n {2}note\.policy\n {4}note has no policy\n {4}→ Export one.*\.policy\(/,
    )
  })

  test('all of them are listed at once', () => {
    const folder = changed(
      'api/notes.ts',
      "filter: ['authorId', 'createdAt']",
      "filter: ['author', 'titel' as 'title', 'body']",
    )
    const { code, out } = bede(['check', '--json'], { folder })
    assert.equal(code, 1)
    const { code: kind, details } = JSON.parse(out)
    assert.equal(kind, 'invalid-declaration')
    assert.ok(details.length >= 3, out)
    for (const { place, message } of details) assert.ok(place && message, out)
  })

  test('a condition that JavaScript would drop is refused at its line', () => {
    const folder = changed('services/notes.ts', 'or(row.shared, mine)', 'row.shared.eq(true) && mine')
    const { code, err } = bede(['check'], { folder })
    assert.equal(code, 1)
    assert.match(err, /row\.shared\.eq\(true\) was built and then dropped/)
    assert.match(err, /services\/notes\.ts:\d+/)
    assert.doesNotMatch(err, /node:internal|packages\/bede\/src|at record/)
  })

  test('a file that is no TypeScript is shown with its line, without the insides of Node', () => {
    const folder = changed(
      'models/note.ts',
      'export const note = model(',
      'enum Status { Draft }\nexport const note = model(',
    )
    const { code, err } = bede(['check'], { folder })
    assert.equal(code, 1)
    assert.match(err, /models\/note\.ts:3:1\n.*enum is not supported/)
    assert.match(err, /3 \| enum Status \{ Draft \}/)
    assert.match(err, /→ .*choice/)
    assert.doesNotMatch(err, /node:internal/)
  })

  test('an app file without an app says how it ends', () => {
    const folder = changed('app.ts', 'export default app', 'export const named = app')
    const { code, err } = bede(['check'], { folder })
    assert.equal(code, 1)
    assert.match(err, /app\.ts has no default export\.\n→ End it with: export default app/)
  })
})

test('a folder without an app file is no project, and that is not a finding', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bede-empty-'))
  remove.push(() => rmSync(folder, { recursive: true }))
  const { code, err } = bede(['check'], { folder })
  assert.equal(code, 3)
  assert.match(err, /There is no app\.ts in .*\n→ Run the command in the project's folder/)
  assert.equal(bede(['check', '--app', 'other.ts'], { folder }).code, 3)
})
