import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bede, project } from './bede.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const tutorial = readFileSync(join(root, 'docs/tutorial/first-backend.md'), 'utf8')
const files = [...tutorial.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', text = '']) => ({
  name,
  text,
}))

const { folder, remove } = project()
after(remove)

/** What npm install would do: the package where the project looks for it. */
function link(into: string): void {
  mkdirSync(join(into, 'node_modules'), { recursive: true })
  symlinkSync(join(root, 'packages/bede'), join(into, 'node_modules/bede'))
}
const run = (words: readonly string[], cwd: string) =>
  spawnSync(process.execPath, ['--conditions=bede-source', ...words], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  })

before(() => link(folder))

test('a new project passes its own tests', () => {
  const { status, stdout } = run(['--test', 'test/**/*.test.ts'], folder)
  assert.equal(status, 0, stdout)
  assert.match(stdout, /pass 2\n/)
})

test('what the tutorial shows of the project is what is in it', () => {
  const untouched = files.filter(
    ({ name }) => existsSync(join(folder, name)) && !['models/index.ts', 'app.ts'].includes(name),
  )
  assert.ok(untouched.length >= 4)
  for (const { name, text } of untouched) assert.equal(text, readFileSync(join(folder, name), 'utf8'), name)
})

test('whoever follows the tutorial to its end has a backend that checks and passes its tests', () => {
  for (const { name, text } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const checked = bede(['check'], { folder })
  assert.equal(checked.code, 0, checked.err)
  for (const line of tutorial.match(/^ {2}\+ .*$/gm) ?? []) {
    const [, method, path, name] = line.match(/\+ +(\S+) +(\S+) .* (\S+)$/) ?? []
    assert.match(
      checked.out,
      new RegExp(`^ +${method} +${path!.replace(/[/:]/g, '\\$&')} .* ${name!.replace('.', '\\.')}$`, 'm'),
    )
  }
  const { status, stdout } = run(['--test', 'test/**/*.test.ts'], folder)
  assert.equal(status, 0, stdout)
  assert.match(stdout, /pass 3\n/)
  const shown = bede(['sql', 'discussion'], { folder }).out
  assert.equal(shown.match(/"shared"/g)?.length, 2, 'the policy stands in the list and in the count')
})

test('the test of the how-to passes', () => {
  const document = readFileSync(join(root, 'docs/how-to/test-a-backend.md'), 'utf8')
  const text = [...document.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('')
  const path = join(folder, 'how-to.test.ts')
  writeFileSync(path, text)
  const { status, stdout } = run(['--test', path], folder)
  rmSync(path)
  assert.equal(status, 0, stdout)
  assert.match(stdout, /pass 1\n/)
})
