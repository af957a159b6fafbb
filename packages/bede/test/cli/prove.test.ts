import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bede, project } from './bede.ts'

const { folder, remove } = project()
after(remove)

/** Whoever wrote this forgot the rule. */
function open(): void {
  const path = join(folder, 'services', 'notes.ts')
  const text = readFileSync(path, 'utf8')
  const changed = text.replace('update: mine', 'update: actor.id.isNotNull()')
  assert.notEqual(changed, text)
  writeFileSync(path, changed)
}

test('a new project is proven, in one run that ends with one line', () => {
  const { code, out, err } = bede(['prove', '--seed', '5'], { folder })
  assert.equal(err, '', 'progress is for people who watch')
  assert.match(out, /^ {3}15 {2}Guessed and colliding ids +held +\d+ requests$/m)
  assert.match(out, /^ {2}Bede serves no MCP surface\n {4}135 136 137 138 139 140$/m)
  assert.match(out.trimEnd().split('\n').at(-1) ?? '', /^✓ notes: \d+ classes held, 0 open, .* seed 5$/)
  assert.equal(code, 0)
})

test('a rule that is too wide is found, written as SARIF, and acknowledged with a reason', () => {
  open()
  const words = ['prove', '--attacks', '--only', 'note.update', '--seed', '5']
  const found = bede([...words, '--json', '--sarif', 'proof.sarif'], { folder })
  assert.equal(found.code, 1, found.err)
  const proof = JSON.parse(found.out)
  assert.deepEqual(
    proof.findings.map(({ number, operation }: { number: number; operation: string }) => [number, operation]),
    [[15, 'note.update']],
  )
  assert.match(proof.findings[0].reproduce, /^curl -X PATCH /)
  const sarif = JSON.parse(readFileSync(join(folder, 'proof.sarif'), 'utf8'))
  assert.equal(sarif.runs[0].results[0].ruleId, 'bede/class-15')
  assert.equal(sarif.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri, 'app.ts')

  const because = 'a note is everybody’s to correct'
  writeFileSync(
    join(folder, 'prove.json'),
    JSON.stringify({ acknowledged: [{ class: 15, operation: 'note.update', because }] }),
  )
  const meant = bede(words, { folder })
  assert.match(meant.out, new RegExp(`Guessed and colliding ids +acknowledged +${because}`))
  assert.equal(meant.code, 0, meant.out)
})

test('an operation that is not there and a seed that is none are mistakes of the command line', () => {
  const unknown = bede(['prove', '--only', 'note.updat'], { folder })
  assert.deepEqual([unknown.code, /Perhaps you meant 'note\.update'/.test(unknown.err)], [2, true])
  assert.equal(bede(['prove', '--seed', 'x'], { folder }).code, 2)
})
