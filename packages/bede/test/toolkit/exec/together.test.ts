import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { floors, held, left, noShell, sh } from './shell.ts'

// What follows is bounded even if nothing of what is tested holds.
if (!noShell) spawnSync('/usr/bin/prlimit', [`--pid=${process.pid}`, '--nproc=3000', `--fsize=${1024 ** 3}`])

const stopped = (message: RegExp) => (error: Error) => {
  assert.match(error.message, message)
  return Reflect.get(error, 'code') === 'program-stopped' && Reflect.get(error, 'status') === 422
}
const tooMuchTime = stopped(/had more than 1 s of processor time/)
const tooMuchMemory = stopped(/took more than \d+ bytes of memory/)
const tooManyProcesses = stopped(/was more than 4 processes and threads/)

/** Each holds a number of bytes in memory, and waits. */
const holding = (bytes: number, processes: number): string =>
  `for i in $(seq ${processes}); do (head -c ${bytes} /dev/zero; exec sleep 60) | tail -c ${bytes} > /dev/null & done; wait`

const perl = '/usr/bin/perl'
const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find(existsSync)
/** The number of `memfd_create(2)`, which differs from processor to processor. */
const memfd = ({ x64: 319, arm64: 279 } as Partial<Record<NodeJS.Architecture, number>>)[process.arch]

describe('what the processes of a program use is counted together', { skip: noShell, concurrency: 2 }, () => {
  for (const [floor, way] of floors) {
    const run = (script: string, program = {}) => sh(script, { processes: 40, ...program }, {}, { way })

    test(`${floor}: processor time, of which none has more than its own part`, async () => {
      const each = '(while :; do :; done) &'
      await assert.rejects(run(`${each} ${each} ${each} ${each} ${each} ${each} wait`, { cpu: '1s' }), tooMuchTime)
    })

    test(`${floor}: processor time of one after the other`, async () => {
      // Each is over before anybody looks twice.
      const short = 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done'
      await assert.rejects(run(`while :; do (${short}); done`, { cpu: '1s' }), tooMuchTime)
    })

    test(`${floor}: processor time of those for whose end nobody waits`, async () => {
      const longer = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'
      await assert.rejects(run(`while :; do (sh -c '${longer}; :' &); sleep 0.6; done`, { cpu: '1s' }), tooMuchTime)
    })

    test(`${floor}: memory, of which none has more than its own part`, async () => {
      await assert.rejects(run(holding(12_000_000, 8), { memory: '64mb' }), tooMuchMemory)
    })

    test(`${floor}: memory that they share counts once`, async () => {
      // Eight that have 6 MB of their parent, and no more.
      const script = `x=$(head -c 6000000 /dev/zero | tr '\\0' x); for i in 1 2 3 4 5 6 7 8; do (sleep 0.5; :) & done; wait; echo all`
      assert.equal((await run(script, { memory: '40mb' })).stdout.toString(), 'all\n')
    })

    test(`${floor}: processes`, async () => {
      const script = 'for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; echo all; wait'
      if (held(way).has('processes')) assert.equal((await run(script, { processes: 4 })).stdout.toString(), '')
      else await assert.rejects(run(script, { processes: 4 }), tooManyProcesses)
      assert.equal((await run('for i in 1 2 3; do sleep 0.3 & done; wait; echo all', { processes: 4 })).code, 0)
    })

    test(`${floor}: files that have no name any more`, async () => {
      const one = (n: number) => `exec ${n}>f${n}; rm f${n}; head -c 700000 /dev/zero >&${n};`
      await assert.rejects(run(`${one(5)} ${one(6)} ${one(7)} sleep 60`, { disk: '2mb' }), stopped(/wrote more than/))
      assert.equal((await run(`${one(5)} ${one(6)} sleep 0.3`, { disk: '2mb' })).code, 0)
    })

    test(`${floor}: files in memory`, {
      skip: existsSync(perl) && memfd !== undefined ? false : 'needs perl, and a processor that is known here',
    }, async () => {
      const script = `${perl} -e 'my $name = "x"; my @all; for (1..8) { my $fd = syscall(${memfd}, $name, 0); open(my $to, ">&=", $fd); push @all, $to; syswrite($to, "x" x 8000000) } sleep 60'`
      await assert.rejects(run(script, { memory: '48mb', processes: 3 }), tooMuchMemory)
    })

    test(`${floor}: what threads hold whose first has ended`, {
      skip: python === undefined ? 'needs Python' : false,
    }, async () => {
      const program = [
        'import ctypes, platform, threading, time',
        'def hold():',
        '  all = bytearray(60000000)',
        '  time.sleep(60)',
        'threading.Thread(target=hold).start()',
        // exit(2), which ends one thread.
        'ctypes.CDLL(None).syscall(60 if platform.machine() == "x86_64" else 93, 0)',
      ].join('\n')
      const script = `for i in 1 2 3 4 5 6; do ${python} -c '${program}' & done; sleep 60`
      await assert.rejects(run(script, { memory: '320mb' }), tooMuchMemory)
    })
  }
})

test('class 117: nothing stays after any of it', () => assert.deepEqual(left(), []))
