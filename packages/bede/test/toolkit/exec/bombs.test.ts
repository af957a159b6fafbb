import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, describe, test } from 'node:test'
import { processNumbers } from '../../../src/toolkit/exec/members.ts'
import { processStat } from '../../../src/toolkit/process-stat.ts'
import { floors, left, noShell, running, sh } from './shell.ts'

// What follows is bounded even if nothing of what is tested holds. Where this is root's, programs are nobody's, of whom
// there are few; those that were ended count until somebody has asked how.
const most = process.getuid?.() === 0 ? 600 : 3_000
if (!noShell) spawnSync('/usr/bin/prlimit', [`--pid=${process.pid}`, `--nproc=${most}`, `--fsize=${1024 ** 3}`])

/** Until somebody has asked after those of the bomb before, who count until then; where nobody asks, not for ever. */
async function fewLeft(): Promise<void> {
  for (let tries = 0; tries < 3_000 && zombies() > 20; tries++) await new Promise((resolve) => setTimeout(resolve, 10))
}
const zombies = (): number =>
  processNumbers().filter((pid) => ['Z', 'X'].includes(processStat(pid)?.state ?? '')).length

describe('a program that multiplies is ended, and nothing of it is left', { skip: noShell }, () => {
  for (const [index, [floor, way]] of floors.entries()) {
    const mark = `bomb-${process.pid}-${index}`
    const bombs = {
      'in its group': `b() { b | b & b; }; b # ${mark}`,
      'each in a session of its own': `sh ${mark}`,
    }
    for (const [how, bomb] of Object.entries(bombs))
      test(`${floor}: ${how}`, async () => {
        await fewLeft()
        const files = { [mark]: `setsid sh ${mark} & setsid sh ${mark} & wait` }
        const exploded = sh(bomb, { time: '2s', processes: 20 }, { files }, { way })
        // Where the kernel counts them it cannot begin so many, and gives up.
        await exploded.catch((error) => assert.equal(error.code, 'program-stopped', String(error)))
        assert.deepEqual(running(mark), [])
      })
  }

  after(fewLeft)
  test('class 117: nothing stays after any of it', () => assert.deepEqual(left(), []))
})
