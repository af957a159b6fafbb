import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { createExecutor } from '../../../src/toolkit/exec/exec.ts'
import { floors, left, nameOf, noShell, running, sh, silent } from './shell.ts'

// What follows is bounded even if nothing of what is tested holds.
if (!noShell) spawnSync('/usr/bin/prlimit', [`--pid=${process.pid}`, '--nproc=3000', `--fsize=${1024 ** 3}`])

let times = 0
/** What nobody else sleeps for. */
const ownTime = (): string => `${98_700_000 + process.pid}.${++times}`
const sleeping = (time: string): readonly string[] => running(`sleep ${time}`).filter((pid) => nameOf(pid) === 'sleep')

/** A server that runs a program in the weakest way. */
const killed = `
  const { createExecutor } = await import('${new URL('../../../src/toolkit/exec/exec.ts', import.meta.url)}')
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const programs = { sh: { path: '/bin/sh', options: ['-c'], time: '60s', processes: 50 } }
  const confine = (ways) => ({ ...ways.at(-1), groups: undefined })
  const executor = await createExecutor(programs, { log, development: true, confine })
  await executor.bind(() => new AbortController().signal, log)('sh', ['-c', process.env.SCRIPT])`

/** Ways to get away from whoever watches. */
const ways: Readonly<Record<string, (time: string) => string>> = {
  'into the background': (time) => `sleep ${time} &`,
  'from its session': (time) => `setsid sleep ${time} &`,
  'from its parent': (time) => `(setsid sleep ${time} &); sh -c 'setsid sleep ${time} & exit 0'`,
  'from its environment': (time) => `env -i sleep ${time} &`,
  'from all of these': (time) =>
    `(env -i setsid sh -c "trap '' TERM HUP INT; (setsid sleep ${time} &); sleep ${time}" &)`,
  'from its limits': (time) =>
    `prlimit --locks=5 --rttime=7 setsid sleep ${time} & (env -i prlimit --core=0 --locks=0 setsid sleep ${time} &)`,
}
/** Without any tool of the system, what gives up all that it was given is not found. */
const beyond = new Set(['from all of these', 'from its limits'])

describe('nothing of a program outlives its call', { skip: noShell }, () => {
  for (const [floor, way] of floors)
    for (const [where, going] of Object.entries(ways)) {
      if (floor === 'no tool' && beyond.has(where)) continue
      test(`${floor}: what goes away ${where} is gone when the call ends, by itself or not`, async () => {
        const time = ownTime()
        // It goes on when that sleeps: what has not gone away yet proves nothing.
        const script = `${going(time)}\nuntil grep -qsa ^sleep.${time} /proc/[0-9]*/cmdline; do sleep 0.01; done`
        const { code } = await sh(`${script}; exit 3`, { processes: 50 }, {}, { way })
        assert.equal(code, 3)
        assert.deepEqual(running(`sleep ${time}`), [])
        const control = new AbortController()
        const call = sh(`${script}; exec sleep ${time}`, { processes: 50 }, {}, { way, signal: control.signal })
        while (sleeping(time).length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
        control.abort(new Error('the caller went away'))
        await assert.rejects(call, /went away/)
        assert.deepEqual(running(`sleep ${time}`), [])
      })
    }

  test('what a server has run that was killed is ended by the next, and nothing of one that runs', async () => {
    const [, limits] = floors.find(([floor]) => floor === 'limits') ?? []
    const [time, own] = [ownTime(), ownTime()]
    const control = new AbortController()
    const script = (mark: string) => `(env -i setsid sleep ${mark} &); exec sleep ${mark}`
    const call = sh(script(own), { processes: 50 }, {}, { way: limits, signal: control.signal })
    const server = spawn(process.execPath, ['--conditions=bede-source', '--input-type=module', '-e', killed], {
      env: { ...process.env, SCRIPT: script(time) },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    while (sleeping(time).length + sleeping(own).length < 4) await new Promise((resolve) => setTimeout(resolve, 10))
    server.kill('SIGKILL')
    await once(server, 'exit')
    assert.ok(running(`sleep ${time}`).length > 0, 'nobody has ended what gets away')
    await createExecutor({ sh: { path: '/bin/sh' } }, { log: silent, development: true })
    assert.deepEqual([sleeping(time).length, sleeping(own).length, left().length], [0, 2, 1])
    control.abort(new Error('left'))
    await assert.rejects(call, /left/)
    assert.deepEqual(running(`sleep ${own}`), [])
  })

  test('class 117: nothing stays after any of it', () => assert.deepEqual(left(), []))
})
