import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accountOf } from './accounts.ts'

const begin = `import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
`
const good = `${begin}test('holds', () => {})\n`

/** The last line of what was printed. */
const closing = (said: string): string => said.trimEnd().split('\n').at(-1) ?? ''

test('batches that take turns run one after the other, and all of them do', async () => {
  // Each is alone for a while, and refuses to be otherwise.
  const alone = `${begin}
    import { openSync, unlinkSync } from 'node:fs'
    import { setTimeout as wait } from 'node:timers/promises'
    test('is alone', async () => { openSync('taken', 'wx'); await wait(500); unlinkSync('taken') })`
  const batches = [['a.mjs'], ['b.mjs'], ['c.mjs'], ['d.mjs']]
  const texts = { 'a.mjs': alone, 'b.mjs': alone, 'c.mjs': good, 'd.mjs': alone }
  const turnOf = ([file = '']: readonly string[]) => (file.endsWith('c.mjs') ? undefined : 'theirs')
  const account = await accountOf(texts, { batches, turnOf })
  assert.deepEqual([account.passed, account.failures], [4, []])
})

describe('tests are counted', () => {
  test('leaves count, by what became of them, and the last line says how many', async () => {
    const account = await accountOf({
      'a.mjs': `${begin}
        test('passes', () => {})
        test('fails', () => assert.equal(1, 2))
        describe('a suite', () => { test('passes, too', () => {}) })
        test('holds others', async (t) => { await t.test('one', () => {}); await t.test('two', () => {}) })`,
      'b.mjs': good,
    })
    assert.deepEqual(account.failures, ['a.mjs > fails'])
    assert.match(account.said, /^FAIL {2}a\.mjs > fails\n {6}AssertionError/m)
    assert.match(account.said, /^FAIL {2}a\.mjs: 4 passed, 1 failed \(\d+ ms\)$/m)
    assert.match(account.said, /^ok {4}b\.mjs: 1 passed \(\d+ ms\)$/m)
    assert.equal(closing(account.said), '5 passed, 1 failed, 0 skipped')
  })

  test('a skipped test is told with its reason, a skipped suite once', async () => {
    const account = await accountOf({
      'a.mjs': `${begin}
        test('waits for a server', { skip: 'there is no server' }, () => {})
        test('is to come', { todo: true }, () => assert.fail())
        describe('a suite', { skip: 'no reason to run' }, () => { test('one', () => {}); test('two', () => {}) })`,
    })
    assert.match(account.said, /^skip {2}a\.mjs > waits for a server: there is no server$/m)
    assert.match(account.said, /^skip {2}a\.mjs > is to come: no reason given$/m)
    assert.match(account.said, /^skip {2}a\.mjs > a suite: no reason to run$/m)
    assert.equal(closing(account.said), '0 passed, 0 failed, 3 skipped')
  })

  test('a hook that fails is a failure of its own', async () => {
    const account = await accountOf({
      'a.mjs': `${begin}test('passes', () => {})\nafter(() => { throw new Error('cannot clean up') })\n`,
      'b.mjs': good,
    })
    assert.deepEqual([account.passed, account.failures], [2, ['a.mjs']])
    assert.match(account.said, /cannot clean up/)
  })

  test('the hooks of a file are around its own tests, and those after it are done before the next file', async () => {
    const account = await accountOf(
      {
        'a.mjs': `${begin}
        import { log } from './log.js'
        before(() => log.push('before a'))
        beforeEach(() => log.push('each of a'))
        after(() => log.push('after a'))
        test('one', () => log.push('one'))`,
        'b.mjs': `${begin}
        import { log } from './log.js'
        test('two', () => assert.deepEqual(log, ['before a', 'each of a', 'one', 'after a']))`,
        'log.js': 'export const log = []',
      },
      { batches: [['a.mjs', 'b.mjs']] },
    )
    // log.js is no test file; it stands for a module that files share.
    assert.deepEqual([account.passed, account.failures], [2, ['log.js']])
  })

  test('what is to be done at the end of the process is done at the end of the file', async () => {
    const account = await accountOf(
      {
        'a.mjs': `${begin}
        import { setImmediate } from 'node:timers/promises'
        import { log } from './log.js'
        process.once('beforeExit', async () => { await setImmediate(); log.push('dropped') })
        test('one', () => {})`,
        'b.mjs': `${begin}
        import { log } from './log.js'
        test('two', () => assert.deepEqual(log, ['dropped']))`,
        'log.js': 'export const log = []',
      },
      { batches: [['a.mjs', 'b.mjs']] },
    )
    assert.deepEqual([account.passed, account.failures], [2, ['log.js']])
  })
})

describe('every file is accounted for', { concurrency: 4 }, () => {
  /** A file that does this has failed in these words; those before and after it in its process have not. */
  const fails = (what: string, text: string, words: RegExp, counts: { passed?: number; timeout?: number } = {}) =>
    test(what, async () => {
      const texts = { 'a.mjs': good, 'b.mjs': `${begin}${text}`, 'c.mjs': good }
      const account = await accountOf(texts, counts.timeout === undefined ? {} : { timeout: counts.timeout })
      assert.deepEqual([account.failures, account.passed], [['b.mjs'], 2 + (counts.passed ?? 0)], account.said)
      assert.match(account.said, words)
      assert.match(account.said, /^ok {4}c\.mjs: 1 passed/m)
      assert.equal(closing(account.said), `${account.passed} passed, 1 failed, 0 skipped`)
    })

  fails('one without a test', '', /It holds no test/)
  fails('one with an empty suite', `describe('nothing', () => {})`, /It holds no test/)
  fails('one that cannot be imported', `import './nowhere.mjs'`, /Cannot find module/)
  fails('one that throws after its first test', `test('one', () => {})\nthrow new Error('half way')`, /half way/)
  fails('one that ends its process before its first test', 'process.exit(0)', /ended before it did, with exit code 0/)
  fails(
    'one that ends its process in the middle, however well',
    `test('one', () => process.exit(0))\ntest('two', () => {})`,
    /ended before it did, with exit code 0/,
  )
  fails('one whose process is killed', `test('one', () => process.kill(process.pid, 'SIGKILL'))`, /with SIGKILL/)
  fails('one that crashes', `test('one', () => process.abort())`, /ended before it did, with SIG/)
  fails('one that hangs', `test('one', () => new Promise(() => {}))`, /not done within 5 s/, { timeout: 5000 })
  fails('one that blocks its process', `test('one', () => { for (;;) {} })`, /not done within 5 s/, { timeout: 5000 })
  fails('one that never gets imported', 'await new Promise(() => {})', /not done within 5 s/, { timeout: 5000 })
  fails(
    'one that leaves open what keeps its process',
    `import { createServer } from 'node:net'\ntest('one', (t, done) => void createServer().listen(0, done))`,
    /did not end, holding TCPServerWrap, within 5 s/,
    { passed: 1, timeout: 5000 },
  )
  fails(
    'one in which something is rejected after its tests',
    `test('one', () => { setTimeout(() => Promise.reject(new Error('too late')), 50) })`,
    /belonged to no running test:\n\s+Error: too late/,
    { passed: 1 },
  )
  fails(
    'one in which something is thrown after its tests',
    `test('one', () => { setTimeout(() => { throw new Error('too late') }, 50) })`,
    /belonged to no running test:\n\s+Error: too late/,
    { passed: 1 },
  )
  fails(
    'one in which something is thrown while its process waits for its end',
    `test('one', () => { setTimeout(() => { throw new Error('too late') }, 1500) })`,
    /too late[\s\S]*Its process ended with exit code 70/,
    { passed: 1 },
  )
  fails('one that sets the exit code', `test('one', () => { process.exitCode = 3 })`, /set the exit code to 3/, {
    passed: 1,
  })
  test('one that leaves a process behind which writes where it wrote: it is known at the end', async () => {
    const leaves = `${begin}
      import { spawn } from 'node:child_process'
      test('one', () => spawn('sleep', ['15'], { stdio: 'inherit' }).unref())`
    const account = await accountOf({ 'a.mjs': good, 'b.mjs': leaves })
    assert.deepEqual([account.passed, account.failures], [2, ['b.mjs']], account.said)
    assert.match(account.said, /It left a process behind/)
  })

  test('one whose tests are registered when it has ended: it is known of its process', async () => {
    const late = `${begin}test('one', () => {})\nsetTimeout(() => test('too late', () => {}), 100)`
    const account = await accountOf({ 'a.mjs': good, 'b.mjs': late, 'c.mjs': good })
    assert.deepEqual([account.passed, account.failures], [3, ['c.mjs']], account.said)
    assert.match(account.said, /Its process ended with exit code 1\.\n\nFAIL.*\n {6}in the process of a\.mjs, b\.mjs\n/)
  })

  test('one that no batch holds', async () => {
    const account = await accountOf({ 'a.mjs': good, 'b.mjs': good }, { batches: [['a.mjs']] })
    assert.deepEqual([account.passed, account.failures], [1, ['b.mjs']])
    assert.match(account.said, /FAIL {2}b\.mjs\n {6}It was not run/)
  })

  test('one that lets go late is waited for, and has not failed', async () => {
    const late = `${begin}test('one', () => { setTimeout(() => console.log('let go'), 1500) })`
    const account = await accountOf({ 'a.mjs': late, 'b.mjs': good })
    assert.deepEqual([account.passed, account.failed], [2, 0], account.said)
    assert.match(account.said, /^let go$/m)
  })
})

describe('files of a process', () => {
  const pid = `test('tells its process', () => console.log('in ' + process.pid))`
  const processes = ({ said }: { said: string }): number => new Set(said.match(/^in \d+$/gm)).size

  test('run one after another in the same one', async () => {
    const account = await accountOf({ 'a.mjs': begin + pid, 'b.mjs': begin + pid, 'c.mjs': begin + pid })
    assert.deepEqual([account.passed, account.failed, processes(account)], [3, 0, 1], account.said)
  })

  for (const [what, text] of [
    ['a variable', `process.env.BEDE_LEFT = 'yes'`],
    ['the working directory', `process.chdir('/')`],
    ['a global', 'globalThis.left = 1'],
    ['a global that was there', 'globalThis.setTimeout = () => {}'],
    ['a listener', `process.on('SIGUSR2', () => {})`],
  ])
    test(`are not given one that another has changed: ${what}`, async () => {
      const account = await accountOf({ 'a.mjs': `${begin}${pid}\nafter(() => { ${text} })`, 'b.mjs': begin + pid })
      assert.deepEqual([account.passed, account.failed, processes(account)], [2, 0, 2], account.said)
    })

  test('are not given one in which a file has failed as a whole, and a failure names those that ran before it there', async () => {
    const account = await accountOf({
      'a.mjs': begin + pid,
      'b.mjs': `${begin}${pid}\ntest('fails', () => assert.fail())\nafter(() => void Promise.reject(new Error('stray')))`,
      'c.mjs': begin + pid,
    })
    assert.deepEqual([account.passed, account.failures], [3, ['b.mjs > fails', 'b.mjs']], account.said)
    assert.equal(processes(account), 2)
    assert.match(account.said, /^FAIL {2}b\.mjs: 1 passed, 2 failed \(\d+ ms\)\n {6}in the process of a\.mjs$/m)
  })

  test('do not see the line to the runner', async () => {
    const look = `test('is on its own', () => assert.deepEqual([process.send, process.execArgv], [undefined, []]))`
    const account = await accountOf({ 'a.mjs': begin + look })
    assert.deepEqual([account.passed, account.failed], [1, 0], account.said)
  })
})
