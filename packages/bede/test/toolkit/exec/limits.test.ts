import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import type { Enforcement } from '../../../src/toolkit/exec/program.ts'
import { floors, held, left, nameOf, noShell, running, sh, ways } from './shell.ts'

const stopped = { code: 'program-stopped', status: 422 }

// What follows is bounded even if nothing of what is tested holds.
if (!noShell) spawnSync('/usr/bin/prlimit', [`--pid=${process.pid}`, '--nproc=3000', `--fsize=${1024 ** 3}`])

test('here a program can be held to all there is', {
  skip: floors.some(([name]) => name.includes('bubblewrap'))
    ? false
    : 'needs Linux, bubblewrap and namespaces of users',
}, async () => {
  const { enforced } = await sh('exit 0')
  assert.deepEqual([...enforced].sort(), [
    'cpu',
    'fileSize',
    'filesystem',
    'isolation',
    'memory',
    'network',
    'processes',
  ])
})

describe('a program that has gone wrong', { skip: noShell }, () => {
  for (const [name, way] of floors) {
    const holds = (what: Enforcement): boolean => held(way).has(what)
    describe(name, { concurrency: true }, () => {
      test('it ends: it sleeps on, ignores signals and hides from its group', async () => {
        const mark = 98_760_000 + floors.findIndex(([, one]) => one === way)
        const script = `trap '' TERM INT HUP; sleep ${mark} & setsid sleep ${mark} & sleep ${mark}`
        await assert.rejects(sh(script, { time: '1s' }, {}, { way }), stopped)
        assert.deepEqual(running(`sleep ${mark}`), [])
      })

      test('what it leaves behind when it ends by itself is ended too', async () => {
        const mark = 98_765_000 + floors.findIndex(([, one]) => one === way)
        const { code } = await sh(`sleep ${mark} & exit 3`, {}, {}, { way })
        assert.equal(code, 3)
        assert.deepEqual(running(`sleep ${mark}`), [])
      })

      test('it uses no more processor time than it is given', async () => {
        await assert.rejects(sh('while :; do :; done', { cpu: '1s' }, {}, { way }), /processor time/)
      })

      test('it gets no more memory than it is given', async () => {
        const hog = 'head -c 300000000 /dev/zero | tail -c 300000000 | wc -c'
        // What is only watched is stopped, what is held gets none.
        if (!holds('memory')) {
          const held = sh('head -c 90000000 /dev/zero | tail -c 90000000 | sleep 60', { memory: '64mb' }, {}, { way })
          return await assert.rejects(held, /more than 67108864 bytes of memory/)
        }
        const { stdout, stderr } = await sh(hog, { memory: '64mb' }, {}, { way })
        assert.equal(stdout.toString().trim(), '0')
        assert.match(stderr.toString(), /memory/)
      })

      test('it prints no more than it may', async () => {
        await assert.rejects(sh('exec yes', { output: '1mb' }, {}, { way }), stopped)
        await assert.rejects(sh('exec yes >&2', { output: '1mb' }, {}, { way }), stopped)
      })

      if (holds('fileSize'))
        test('it writes no larger file than it may', async () => {
          const { files } = await sh('head -c 9000000 /dev/zero > big', { fileSize: '1mb' }, { take: ['big'] }, { way })
          assert.equal(files.get('big')?.length, 1024 ** 2)
        })

      if (holds('processes'))
        test('it is no more processes than it may', async () => {
          const four = 'for i in 1 2 3 4; do sleep 0.2 & done; wait; echo all'
          assert.equal((await sh(four, { processes: 5 }, {}, { way })).stdout.toString(), 'all\n')
          assert.equal((await sh(four, { processes: 4 }, {}, { way })).stdout.toString(), '')
        })

      if (holds('network'))
        test('it reaches no network', async () => {
          const devices = 'tail -n +3 /proc/net/dev | cut -d: -f1'
          const { stdout } = await sh(devices, {}, {}, { way })
          assert.equal(stdout.toString().trim(), 'lo')
          const open = await sh(devices, { network: true }, {}, { way })
          assert.equal(open.enforced.has('network'), false)
        })

      if (holds('isolation'))
        test('it sees nothing of the server', async () => {
          process.env.BEDE_CANARY = 'canary-in-the-environment'
          const { stdout } = await sh('cat /proc/[0-9]*/environ; cat /proc/[0-9]*/cmdline', {}, {}, { way })
          assert.ok(!stdout.includes('canary-in-the-environment'))
          assert.ok(!stdout.includes('--conditions'), 'nor of how it was started')
        })

      if (holds('filesystem'))
        test('it sees no files', async () => {
          const look = `cat /etc/passwd /etc/hosts '${import.meta.filename}'; ls /home /root /work /srv /var`
          assert.equal((await sh(look, {}, {}, { way })).stdout.toString(), '')
        })
    })
  }

  test('all it writes together is watched: many files, folders that it closes or nests past what a path can name', async () => {
    const many = 'i=0; while :; do head -c 500000 /dev/zero > f$i; i=$((i+1)); done'
    await assert.rejects(sh(many, { disk: '2mb' }), /wrote more than/)
    const deep = Array(9).fill('a'.repeat(200)).join('/')
    await assert.rejects(sh(`for i in 1 2 3; do mkdir -p ${deep}; cd ${deep}; done; sleep 60`, {}), /wrote more than/)
    // Root looks into what is closed; everybody else takes it for a way to hide.
    const closed = sh('mkdir a; echo x > a/b; chmod 0 a; sleep 60', { time: '1s' })
    await assert.rejects(closed, process.getuid?.() === 0 ? /took longer/ : /wrote more than/)
  })

  test('what ends it from outside is told', async () => {
    for (const way of [ways.at(0), ways.at(-1)]) {
      const mark = `sleep 97531.${way === ways[0] ? 1 : 2}`
      const run = assert.rejects(sh(`exec ${mark}`, {}, {}, { way }), /ended it/)
      for (let found: readonly string[] = []; found.length === 0; ) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        // The program itself, and not what holds it, or is about to become it.
        found = running(mark).filter((pid) => nameOf(pid) === 'sleep')
        for (const pid of found) process.kill(Number(pid), 'SIGKILL')
      }
      await run
    }
  })

  test('class 117: nothing stays after any of it', () => assert.deepEqual(left(), []))
})
