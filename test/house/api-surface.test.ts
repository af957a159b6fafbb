import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseSurface, printSurface, type Surface, surfaceOf } from './declared.ts'
import { root } from './tree.ts'

const FACE = join(root, 'packages/bede/src/index.ts')
const RECORD = join(root, 'test/house/api-surface.txt')
const RENEW = 'if the change is meant, renew the record: UPDATE_SURFACE=1 npm test -- api-surface'

const skip = existsSync(FACE) ? false : 'packages/bede/src/index.ts is not there yet'

test('the public API is what the record says', { skip }, () => {
  const actual = emitted()
  if (process.env.UPDATE_SURFACE === '1') writeFileSync(RECORD, printSurface(actual))
  assert.ok(existsSync(RECORD), `there is no record yet; ${RENEW}`)
  const changes = differences(parseSurface(readFileSync(RECORD, 'utf8')), actual)
  assert.equal(changes.join('\n'), '', RENEW)
})

function emitted(): Surface {
  const folder = mkdtempSync(join(tmpdir(), 'bede-surface-'))
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const project = join(root, 'packages/bede/tsconfig.build.json')
    const args = [tsc, '-p', project, '--emitDeclarationOnly', '--outDir', folder]
    const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    const face = join(folder, 'index.d.ts')
    assert.ok(existsSync(face), `the compiler emitted no declarations:\n${stdout}`)
    return surfaceOf(face)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function differences(before: Surface, after: Surface): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)]
    if (old === now) return []
    return [`# ${name}`, ...lines('-', old, now), ...lines('+', now, old)]
  })
}

/** The lines of `text` that `other` does not have. */
function lines(sign: string, text: string | undefined, other: string | undefined): string[] {
  const known = new Set(other?.split('\n'))
  return (text?.split('\n') ?? []).filter((line) => !known.has(line)).map((line) => `${sign} ${line}`)
}
