import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inBatches, turnOf } from './accounts.ts'

const plain = `import { test } from 'node:test'`
const named = (texts: Readonly<Record<string, string>>) => inBatches(Object.keys(texts), (path) => texts[path] ?? '')

test('the files of a folder share a process, sixteen at most', () => {
  const numbers = Array.from({ length: 18 }, (_, i) => `test/a/${String(i).padStart(2, '0')}.test.ts`)
  const batches = named(Object.fromEntries([...numbers, 'test/b/one.test.ts'].map((path) => [path, plain])))
  assert.deepEqual(batches, [numbers.slice(0, 16), numbers.slice(16), ['test/b/one.test.ts']])
})

for (const text of [
  `process.env.BEDE_X = '1'`,
  `process.env[name] = value`,
  `process.env['BEDE_X'] = value`,
  `process.env.BEDE_X ??= '1'`,
  'process.env = {}',
  'const { env } = process',
  `import { env } from 'node:process'`,
  'delete process.env.BEDE_X',
  'Object.assign(process.env, names)',
  'process.chdir(folder)',
  `process.on('exit', () => {})`,
  'process.exitCode = 1',
  'process.memoryUsage().heapUsed',
  'process.stdout.write(text)',
  'globalThis.fetch = () => {}',
  'registerHooks({ resolve })',
  'mock.timers.enable()',
  `mock.method(Date, 'now')`,
  `setFlagsFromString('--expose-gc')`,
])
  test(`a file that does something to its process, or looks at it, has one of its own: ${text}`, () => {
    const batches = named({ 'a/1.test.ts': plain, 'a/2.test.ts': `${plain}\n${text}`, 'a/3.test.ts': plain })
    assert.deepEqual(batches.toSorted(), [['a/1.test.ts', 'a/3.test.ts'], ['a/2.test.ts']].toSorted())
  })

test('what is the same for every file may be asked', () => {
  const asks = [
    `spawn(process.execPath, ['-v'])`,
    `process.platform === 'win32'`,
    't.mock.timers.enable()',
    `import { startProcess } from './process.ts'`,
    `spawn('sh', [], { env: { ...process.env, HOME: folder } })`,
    `const rounds = Number(process.env.BEDE_ROUNDS ?? 3)`,
    `if (process.env.UPDATE_GOLDEN === '1') write()`,
    `process.kill(pid, 'SIGKILL')`,
  ]
  const batches = named(Object.fromEntries(asks.map((text, i) => [`a/${i}.test.ts`, text])))
  assert.equal(batches.length, 1)
})

test('the batches are the same, whatever order the files are found in', () => {
  const texts = { 'b/1.test.ts': plain, 'a/2.test.ts': plain, 'b/0.test.ts': 'process.exitCode', 'a/1.test.ts': plain }
  assert.deepEqual(named(texts), named(Object.fromEntries(Object.entries(texts).reverse())))
})

test('the longest file is begun first', () => {
  const texts = { 'a/1.test.ts': plain, 'test/house/documents.test.ts': plain }
  assert.deepEqual(named(texts)[0], ['test/house/documents.test.ts'])
})

test('what ends what another one left runs one after the other, and beside all else', () => {
  const turns = ['exec/exec', 'exec/bombs', 'csv'].map((name) => turnOf([`packages/bede/test/toolkit/${name}.test.ts`]))
  assert.equal(turns[0], turns[1])
  assert.deepEqual([turns[0] === undefined, turns[2]], [false, undefined])
})
