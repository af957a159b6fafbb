import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { checkArguments } from '../../../src/toolkit/exec/arguments.ts'
import { unconfined } from '../../../src/toolkit/exec/confinement.ts'
import { createExecutor } from '../../../src/toolkit/exec/exec.ts'
import type { Programs } from '../../../src/toolkit/exec/program.ts'
import { ownerName, thisOwner } from '../../../src/toolkit/owner.ts'
import { left, noShell, running, sh, silent, ways } from './shell.ts'

/** Somebody who is not root, with a right of root's. */
const right = ['--inh-caps', '+net_bind_service', '--ambient-caps', '+net_bind_service']
const withRight = ['--reuid', '65533', '--regid', '65533', '--clear-groups', ...right]
const noRights =
  spawnSync('setpriv', [...withRight, process.execPath, '-e', `process.exit(0)`], { cwd: import.meta.dirname })
    .status === 0
    ? false
    : 'needs Linux, root, and sources that others may read'

const never = () => new AbortController().signal
const declared = (programs: Programs, development = true) => createExecutor(programs, { log: silent, development })

describe('a program', { skip: noShell }, () => {
  test('it gets its arguments as they are, starts in a folder of its own, and has no environment', async () => {
    process.env.BEDE_CANARY = 'canary'
    const words = ['a b', '$(id)', '`id`', ';id', '"', "'", '*', '', '\n', '日本']
    const executor = await declared({ show: { path: '/usr/bin/printf', options: [] }, env: { path: '/usr/bin/env' } })
    const exec = executor.bind(never, silent)
    const shown = await exec('show', ['%s|', ...words])
    assert.equal(shown.stdout.toString(), words.map((word) => `${word}|`).join(''))
    assert.equal((await exec('env', [])).stdout.toString(), '')
    assert.equal((await sh('ls -A; pwd -P | grep -c /bede-scratch-')).stdout.toString(), '1\n')
  })

  test('its environment is what is declared', async () => {
    const env = { LANG: 'C.UTF-8', HOME: '{scratch}/home' }
    const { stdout } = await sh('echo "$LANG"; [ "$HOME" = "$PWD/home" ] && echo yes', { env })
    assert.equal(stdout.toString(), 'C.UTF-8\nyes\n')
  })

  test('it reads input and files, and what it leaves is taken', async () => {
    const own = mkdtempSync(join(tmpdir(), 'own-'))
    writeFileSync(join(own, 'x'), 'copied')
    async function* stream() {
      yield Buffer.from('str')
      yield Buffer.from('eam')
    }
    const result = await sh(
      'cat > in.txt; cat text bytes deep/stream path > all; touch page-1.png page-2.png page-2.txt; echo err >&2; exit 7',
      {},
      {
        input: 'from outside',
        files: { text: 'te', bytes: Buffer.from('xt'), 'deep/stream': stream(), path: { path: join(own, 'x') } },
        take: ['in.txt', 'all', 'page-*.png', 'not-there'],
      },
    )
    rmSync(own, { recursive: true })
    assert.equal(result.code, 7)
    assert.equal(result.stderr.toString(), 'err\n')
    assert.deepEqual(
      [...result.files].map(([name, bytes]) => [name, bytes.toString()]),
      [
        ['in.txt', 'from outside'],
        ['all', 'textstreamcopied'],
        ['page-1.png', ''],
        ['page-2.png', ''],
      ],
    )
  })

  test('one that does not read what it is given is no failure, and one that is given what fails is stopped', async () => {
    assert.equal((await sh('exit 0', {}, { input: Buffer.alloc(5_000_000) })).code, 0)
    async function* broken() {
      yield Buffer.alloc(10)
      throw new Error('the line broke')
    }
    await assert.rejects(sh('cat', {}, { input: broken() }), /the line broke/)
    await assert.rejects(sh('cat', {}, { files: { a: broken() } }), /the line broke/)
  })

  test('nothing is taken through a link, of another name, or that is not a file', async () => {
    const ways = [
      'ln -s /etc/hostname out',
      'mkdir out',
      'mkfifo out',
      'echo x > a; ln a out',
      'ln -s . out',
      'ln -s nowhere out',
    ]
    for (const way of ways) await assert.rejects(sh(way, {}, { take: ['out'] }), { code: 'program-stopped' }, way)
    await assert.rejects(sh('mkdir d; ln -s /etc d/e', {}, { take: ['d/e/hostname'] }), { code: 'program-stopped' })
    for (const name of ['../x', '/etc/passwd', '..', 'a/../../b'])
      await assert.rejects(sh('exit 0', {}, { take: [name] }), { code: 'unsafe-name' })
    const many = 'i=0; while [ $i -lt 120 ]; do : > f$i; i=$((i+1)); done'
    await assert.rejects(sh(many, {}, { take: ['f*'] }), /more than 100 files/)
  })

  test('class 111: files are given by names below its folder only, and no more than fits', async () => {
    for (const name of ['../x', '/tmp/x', 'a/../../x', '..', 'a\0b'])
      await assert.rejects(sh('exit 0', {}, { files: { [name]: 'x' } }), { code: 'unsafe-name' })
    await assert.rejects(sh('exit 0', { disk: '1mb' }, { files: { a: Buffer.alloc(2 ** 20 + 1) } }), {
      code: 'too-large',
    })
  })

  test('no descriptor of the server reaches it', async () => {
    // This process is started with one that Node does not know of.
    const script = `
      const { createExecutor } = await import('${new URL('../../../src/toolkit/exec/exec.ts', import.meta.url)}')
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      const executor = await createExecutor({ sh: { path: '/bin/sh', options: ['-c'], time: '60s', processes: 3 } }, { log, development: true })
      const exec = executor.bind(() => new AbortController().signal, log)
      const { stdout } = await exec('sh', ['-c', 'for f in /proc/self/fd/*; do readlink $f; done; cat <&40'])
      process.stdout.write(stdout)`
    const secret = join(process.env.TMPDIR ?? tmpdir(), 'handed-on')
    writeFileSync(secret, 'canary in a file')
    const descriptor = openSync(secret, 'r')
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=bede-source', '--input-type=module', '-e', script],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', ...Array(37).fill('ignore'), descriptor] },
    )
    closeSync(descriptor)
    rmSync(secret)
    assert.match(stdout, /socket:|pipe:/, stderr)
    assert.ok(!stdout.includes('handed-on') && !stdout.includes('canary'), stdout)
  })

  test('no right that the server was given reaches it', { skip: noRights }, async () => {
    // A service that is given one for itself, as with AmbientCapabilities= in systemd.
    const script = `
      const { createExecutor } = await import('${new URL('../../../src/toolkit/exec/exec.ts', import.meta.url)}')
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      const confine = (ways) => ways.at(-2)
      const executor = await createExecutor({ grep: { path: '/bin/grep', time: '60s' } }, { log, development: true, confine })
      const exec = executor.bind(() => new AbortController().signal, log)
      const { stdout } = await exec('grep', ['^Cap[AEIP]', '/proc/self/status'])
      process.stdout.write(stdout)`
    const flags = ['--conditions=bede-source', '--input-type=module', '-e', script]
    const { stdout, stderr } = spawnSync('setpriv', [...withRight, process.execPath, ...flags], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    })
    const rights = stdout.match(/^Cap\w+:\t[0-9a-f]+$/gm) ?? []
    assert.equal(rights.length, 4, stderr)
    for (const line of rights) assert.match(line, /\t0+$/)
  })

  test('what is not declared is not run', async () => {
    const exec = (await declared({ sh: { path: '/bin/sh' } })).bind(never, silent)
    for (const name of ['/bin/sh', 'bash', 'toString', '__proto__', ''])
      await assert.rejects(exec(name, []), { code: 'internal', status: 500 })
    const none = (await declared({})).bind(never, silent)
    await assert.rejects(none('sh', []), { code: 'internal' })
  })

  test('so many run at once, so many wait in their order, and others come again', async () => {
    const executor = await declared({
      sh: { path: '/bin/sh', options: ['-c'], time: '60s', processes: 4, atOnce: 1, waiting: 2 },
    })
    const exec = executor.bind(never, silent)
    const leaving = new AbortController()
    const order: number[] = []
    const first = exec('sh', ['-c', 'sleep 0.3']).then(() => order.push(1))
    const second = assert.rejects(executor.bind(() => leaving.signal, silent)('sh', ['-c', 'exit 0']), /went away/)
    const third = exec('sh', ['-c', 'exit 0']).then(() => order.push(3))
    await assert.rejects(exec('sh', ['-c', 'exit 0']), { code: 'unavailable', status: 503, retryAfter: 1 })
    leaving.abort(new Error('the caller went away'))
    const fourth = exec('sh', ['-c', 'exit 0']).then(() => order.push(4))
    await Promise.all([first, second, third, fourth])
    assert.deepEqual(order, [1, 3, 4])
    await exec('sh', ['-c', 'exit 0'])
  })

  test('class 117: a thousand runs that are broken off leave no file and no process', async () => {
    const executor = await declared({ sh: { path: '/bin/sh', options: ['-c'], atOnce: 20, waiting: 1_000 } })
    const broken = Array.from({ length: 1_000 }, (_, turn) => {
      const control = new AbortController()
      async function* leaves() {
        yield Buffer.from('x')
        control.abort(new Error(`left ${turn}`))
        yield Buffer.from('y')
      }
      const exec = executor.bind(() => control.signal, silent)
      return assert.rejects(exec('sh', ['-c', 'sleep 87651'], { files: { a: leaves() } }), /left/)
    })
    await Promise.all(broken)
    const begun = Array.from({ length: 12 }, (_, turn) => {
      const control = new AbortController()
      setTimeout(() => control.abort(new Error('left')), turn * 15)
      return sh('echo x > a; sleep 87652 & sleep 87653', {}, {}, { signal: control.signal })
    })
    for (const { status } of await Promise.allSettled(begun)) assert.equal(status, 'rejected')
    assert.deepEqual(running('sleep 8765'), [])
    assert.deepEqual(left(), [])
  })

  test('class 117: what a server left that was killed is taken away by the next', async () => {
    const { pid } = spawnSync('/bin/true')
    const name = `bede-scratch-${ownerName({ ...thisOwner(), pid })}-killed`
    mkdirSync(join(process.env.TMPDIR ?? tmpdir(), name, 'work'), { recursive: true })
    assert.equal(left().length, 1)
    await declared({ sh: { path: '/bin/sh' } })
    assert.deepEqual(left(), [])
  })

  test('nothing of what it was given or printed is logged', async () => {
    const lines: string[] = []
    const write = (message: string, data?: object) => void lines.push(message + JSON.stringify(data))
    const log = { ...silent, debug: write, info: write, warn: write, error: write }
    await sh('echo canary-out; echo canary-err >&2', {}, { input: 'canary-in' }, { log })
    await assert.rejects(sh('echo canary; sleep 60', { time: '1s' }, {}, { log }))
    assert.ok(lines.length > 2)
    assert.ok(!lines.join().includes('canary'))
  })
})

test('an argument from a caller is no option that the app did not name', () => {
  const options = ['-layout', '--dpi=', '-']
  const unsafe = { code: 'unsafe-argument', status: 400 }
  assert.deepEqual(checkArguments(['-layout', '--dpi=90', '-', 'in.pdf', 'a-b', ''], options), [
    '-layout',
    '--dpi=90',
    '-',
    'in.pdf',
    'a-b',
    '',
  ])
  const attempts = [
    '-o',
    '--layout',
    '-layouts',
    '--',
    '--dpi',
    '-e',
    '@/etc/passwd',
    '+profile',
    '|id',
    '-layout ',
    'a\0b',
    '\ud800',
  ]
  for (const one of attempts) assert.throws(() => checkArguments(['in.pdf', one], options), unsafe, one)
  for (const one of [1, null, undefined, ['-layout'], { toString: () => '-o' }])
    assert.throws(() => Reflect.apply(checkArguments, undefined, [[one], options]), unsafe)
  assert.throws(() => checkArguments(['x'.repeat(70_000)], options), unsafe)
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!options.includes(text) && !text.startsWith('--dpi='))
      for (const mark of ['-', '+', '@', '|'])
        if (!`${mark}${text}`.startsWith('--dpi=') && !options.includes(mark + text))
          assert.throws(() => checkArguments([mark + text], options), unsafe)
    }),
    { numRuns: 200 },
  )
})

test('a refusal of an argument does not repeat it', () => {
  assert.throws(
    () => checkArguments(['-canary'], []),
    (error: Error) => !error.message.includes('canary'),
  )
})

test('every mistake in a declaration is told', async () => {
  const wrong = {
    path: 'pdftotext',
    time: '10',
    memory: 'lots',
    processes: 0,
    options: '-a',
    shell: true,
    required: ['everything'],
  }
  await assert.rejects(
    Reflect.apply(createExecutor, undefined, [{ a: wrong }, { log: silent, development: true }]),
    (error) => {
      const text = String(Reflect.get(Object(error), 'message'))
      for (const member of ['path', 'time', 'memory', 'processes', 'options', 'shell', 'required'])
        assert.ok(text.includes(`exec.a.${member}`), `${member}: ${text}`)
      return Reflect.get(Object(error), 'code') === 'invalid-declaration'
    },
  )
})

test('what a program is held to is said in the log, and where it is to nothing there is a warning', async () => {
  const lines: (readonly [level: string, message: string, data: object | undefined])[] = []
  const write = (level: string) => (message: string, data?: object) => void lines.push([level, message, data])
  const log = { ...silent, info: write('info'), warn: write('warn') }
  const programs = { a: { path: process.execPath } }
  await createExecutor(programs, { log, development: true, confine: () => unconfined })
  assert.deepEqual(
    lines.map(([level]) => level),
    ['warn', 'info'],
  )
  assert.match(String(lines[0]?.[1]), /holds a program to nothing/)
  const watched = ['time', 'output', 'disk', ...(process.platform === 'linux' ? ['memory', 'cpu', 'processes'] : [])]
  assert.deepEqual(lines[0]?.[2], { program: 'a', watched })
  lines.length = 0
  const { groups } = ways[0] ?? {}
  await createExecutor(programs, { log, development: true })
  if (ways.length === 0) return
  assert.deepEqual(
    lines.map(([level]) => level),
    ['info'],
  )
  const together = [...(groups?.memory ? ['memory'] : []), ...(groups?.processes ? ['processes'] : [])]
  assert.deepEqual(Reflect.get(Object(lines[0]?.[2]), 'together'), together)
})

test('what must be enforced and cannot be stops the start; in production that is memory, processor time and file size', async () => {
  const bare = (programs: Programs, development: boolean) =>
    createExecutor(programs, { log: silent, development, confine: () => unconfined })
  const path = process.execPath
  await assert.rejects(bare({ a: { path } }, false), { code: 'invalid-setting' })
  await assert.rejects(bare({ a: { path, required: ['network'] } }, true), { code: 'invalid-setting' })
  await bare({ a: { path, required: [] } }, false)
  await bare({ a: { path } }, true)
  await assert.rejects(declared({ a: { path: '/no/such/program' } }, false), { code: 'invalid-setting' })
})
