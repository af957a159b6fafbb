import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

test('who may do what is printed as the documents show it', () => {
  const command = ['--conditions=bede-source', `${root}packages/bede/src/cli/main.ts`, 'check', '--policies']
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: `${root}examples/conduit`,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  assert.equal(status, 0, stderr)
  const sections = stdout.trimEnd().split(/\n\n(?=\S)/)
  const guide = readFileSync(`${root}docs/how-to/who-may-do-what.md`, 'utf8')
  const shown =
    /^\$ bede check --policies\n([\s\S]*?)^```$/m
      .exec(guide)?.[1]
      ?.trimEnd()
      .split(/\n\n(?=\S)/) ?? []
  assert.ok(shown.length > 0)
  for (const one of shown) assert.ok(sections.includes(one), `not printed so:\n${one}\n\n${stdout}`)
})
