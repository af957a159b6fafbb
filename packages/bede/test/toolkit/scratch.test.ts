import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { type Owner, ownerName, thisOwner } from '../../src/toolkit/owner.ts'
import { processStat } from '../../src/toolkit/process-stat.ts'
import { beat } from '../../src/toolkit/scratch/lease.ts'
import { createScratch, withScratch } from '../../src/toolkit/scratch/scratch.ts'
import { sweepScratch } from '../../src/toolkit/scratch/sweep.ts'
import { pieces } from '../support/samples.ts'

const parent = await mkdtemp(join(tmpdir(), 'bede-test-scratch-'))
after(() => rm(parent, { recursive: true }))
const container = ['--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--mount-proc']
const noNamespaces =
  spawnSync('unshare', [...container, 'true']).status === 0 ? false : 'needs Linux and namespaces of users'
const left = (): Promise<string[]> => readdir(parent)

test('what is written is there while it is needed, for this user alone, and gone after', async () => {
  const path = await withScratch(async (scratch) => {
    const file = await scratch.write(pieces(Buffer.from('hello'), 2))
    assert.equal(await readFile(file, 'utf8'), 'hello')
    assert.equal((await stat(dirname(file))).mode & 0o077, 0)
    return file
  }, parent)
  await assert.rejects(readFile(path))
  assert.deepEqual(await left(), [])
})

test('class 117: a thousand uploads that break off leave nothing', async () => {
  for (let i = 0; i < 1_000; i++) {
    const failing = withScratch(async (scratch) => {
      await scratch.write(broken(i % 3))
    }, parent)
    await assert.rejects(failing)
  }
  assert.deepEqual(await left(), [])
})

async function* broken(after: number) {
  for (let i = 0; i < after; i++) yield Buffer.alloc(1_000)
  throw new Error('the line broke')
}

test('a write that is broken off leaves no part of a file, though the folder stays', async () => {
  const scratch = createScratch(parent)
  const cut = new AbortController()
  async function* slow() {
    yield Buffer.alloc(10)
    cut.abort()
    yield Buffer.alloc(10)
  }
  await assert.rejects(scratch.write(slow(), cut.signal))
  assert.deepEqual(await readdir(await scratch.folder()), [])
  await scratch.remove()
  await scratch.remove()
  await assert.rejects(scratch.folder())
  assert.deepEqual(await left(), [])
})

test('nothing is made for who needs nothing', async () => {
  await withScratch(async () => {
    assert.deepEqual(await left(), [])
  }, parent)
})

/** A process of this place that has ended. */
function ended(): Owner {
  const { pid } = spawnSync(process.execPath, ['--version'])
  return { ...thisOwner(), pid }
}
const ownerOfProcess = (pid: number): Owner => ({ ...thisOwner(), pid, began: processStat(pid)?.began ?? 0 })
const named = (owner: Owner, last: string): string => `bede-scratch-${ownerName(owner)}-${last}`
const elsewhere = (pid: number): Owner => ({ ...thisOwner(), place: '0123456789abcdef', pid })

test('folders of processes that are gone are swept, and no others', async () => {
  const scratch = createScratch(parent)
  const mine = await scratch.folder()
  const alive = named(ownerOfProcess(process.ppid), 'alive')
  const gone = named(ended(), 'gone')
  // The number is that of a process which runs, the process is another: it was given again.
  const again = named({ ...ownerOfProcess(process.ppid), began: 1 }, 'again')
  for (const name of [alive, gone, again, 'somebody-elses']) await mkdir(join(parent, name))
  assert.equal(await sweepScratch(parent), process.platform === 'linux' ? 2 : 1)
  const names = await left()
  assert.ok(names.includes(basename(mine)) && names.includes(alive) && names.includes('somebody-elses'), String(names))
  assert.ok(!names.includes(gone))
  await scratch.remove()
  for (const name of await left()) await rm(join(parent, name), { recursive: true })
})

test('a folder of another container is no business of ours while it gives signs of life', async () => {
  const hour = 3_600_000
  // Numbers that here are of nobody, and of this process itself.
  const theirs = [named(elsewhere(ended().pid), 'a'), named(elsewhere(process.pid), 'b'), 'bede-scratch-7-as-before']
  for (const name of theirs) await mkdir(join(parent, name))
  const [now, passed] = [Date.now(), 1_000]
  const sweep = (milliseconds: number) =>
    sweepScratch(parent, { now: now + milliseconds, passed: passed + milliseconds })
  assert.equal(await sweep(0), 0)
  assert.equal(await sweep(hour - 1), 0)
  // The first is renewed in time, as its process does.
  const [first = ''] = theirs
  await utimes(join(parent, first), new Date(now + hour), new Date(now + hour))
  assert.equal(await sweep(hour), 2)
  assert.deepEqual(await left(), [first])
  assert.equal(await sweep(hour + 1), 0)
  assert.equal(await sweep(2 * hour - 1), 0)
  assert.equal(await sweep(2 * hour), 1)
  assert.deepEqual(await left(), [])
})

test('a machine that slept, or a clock that is wrong, takes nobody his folder; a day without a sign does', async () => {
  const theirs = named(elsewhere(1), 'a')
  await mkdir(join(parent, theirs))
  const [now, passed] = [Date.now(), 1_000]
  assert.equal(await sweepScratch(parent, { now, passed }), 0)
  assert.equal(await sweepScratch(parent, { now: now + 80_000_000, passed: passed + 1_000 }), 0)
  assert.equal(await sweepScratch(parent, { now: now + 86_500_000, passed: passed + 2_000 }), 1)
  assert.deepEqual(await left(), [])
})

test('while it is needed a folder gives signs of life', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const scratch = createScratch(parent)
  const path = await scratch.folder()
  await utimes(path, 0, 0)
  context.mock.timers.tick(beat)
  while ((await stat(path)).mtimeMs === 0) await new Promise((resolve) => setImmediate(resolve))
  await scratch.remove()
  assert.deepEqual(await left(), [])
})

test('a folder of a container is not swept by another with which it shares nothing but the folder', {
  skip: noNamespaces,
}, async () => {
  const script = `
    const { createScratch } = await import('${new URL('../../src/toolkit/scratch/scratch.ts', import.meta.url)}')
    console.log(await createScratch(process.argv[1]).folder())
    process.stdin.resume()`
  const flags = ['--conditions=bede-source', '--input-type=module', '-e', script, parent]
  const other = spawn('unshare', [...container, process.execPath, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [line] = await once(other.stdout, 'data')
    const name = basename(String(line).trim())
    // Its number in there is one of the first, and here it is that of somebody else.
    assert.match(name, /^bede-scratch-[0-9a-f]{16}-[1-9]-\d+-/)
    assert.equal(await sweepScratch(parent), 0)
    assert.deepEqual(await left(), [name])
  } finally {
    other.kill('SIGKILL')
    await once(other, 'exit')
    for (const name of await left()) await rm(join(parent, name), { recursive: true })
  }
})

test('what a program has closed, or nested past what a path can name, is swept all the same', async () => {
  const name = named(ended(), 'gone')
  const work = join(parent, name, 'work')
  await mkdir(join(work, 'closed', 'deeper'), { recursive: true })
  execFileSync('/bin/sh', ['-c', `for i in 1 2 3; do mkdir -p ${deep}; cd ${deep} || :; done`], {
    cwd: work,
    stdio: 'ignore',
  })
  await chmod(join(work, 'closed'), 0o500)
  assert.equal(await sweepScratch(parent), 1)
  assert.deepEqual(await left(), [])
})

const deep = Array(9).fill('a'.repeat(200)).join('/')
