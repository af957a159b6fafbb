import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { controlGroupsBelow } from '../../../src/toolkit/exec/control-group.ts'
import { delegatedPlaces, isDelegated, seenAt } from '../../../src/toolkit/exec/delegated.ts'
import { type Owner, ownerName, thisOwner } from '../../../src/toolkit/owner.ts'
import { floors, held, left, noShell, running, sh, ways } from './shell.ts'

const [best] = ways
const groups = best?.groups
const noGroups =
  noShell ||
  (groups ? false : 'needs control groups of version 2, and one that is delegated to this process (Delegate=yes)')
/** Those of this process: others may be at it, too. */
const prefix = `bede-${ownerName(thisOwner())}-`
const groupsOf = (place: string): readonly string[] => readdirSync(place).filter((name) => name.startsWith(prefix))
const places = noGroups ? [] : delegatedPlaces()
const groupsNow = (): readonly string[] => places.flatMap(groupsOf)

describe('a control group', { skip: noGroups }, () => {
  test('holds a program and all that it starts from the first moment, and is gone after', async () => {
    for (const [floor, way] of floors.filter(([name]) => name.includes('control group'))) {
      if (floor.startsWith('bubblewrap')) continue
      const script = 'cat /proc/self/cgroup; (setsid cat /proc/self/cgroup &); sleep 0.1'
      const { stdout } = await sh(script, {}, {}, { way })
      const names = stdout.toString().match(/\/bede-[0-9a-f]{16}-\d+-\d+-\d+$/gm) ?? []
      assert.deepEqual([names.length, new Set(names).size], [2, 1], floor)
    }
    assert.deepEqual(groupsNow(), [])
  })

  test('is gone as well when the call is broken off, or the program cannot be started', async () => {
    const control = new AbortController()
    const call = sh('sleep 87654', {}, {}, { signal: control.signal })
    while (groupsNow().length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    control.abort(new Error('left'))
    await assert.rejects(call, /left/)
    await sh('exit 0', { path: '/no/such/program' }).catch(() => {})
    assert.deepEqual(groupsNow(), [])
  })

  test('that a program cannot become a part of fails its call', async () => {
    if (!groups || !best) return
    const full = (...given: Parameters<typeof groups.open>) => ({
      ...groups.open(...given),
      take() {
        throw new Error('the group is full')
      },
    })
    const way = { ...best, groups: { ...groups, open: full } }
    await assert.rejects(sh('echo x > ran; sleep 60', {}, { take: ['ran'] }, { way }), { code: 'internal' })
    assert.deepEqual([groupsNow(), left()], [[], []])
  })

  test('ends all of them where the kernel cannot end a group at once (before Linux 5.14)', async () => {
    const [place = ''] = places
    const before = controlGroupsBelow(place, false)
    for (const [floor, way] of floors.filter(([name]) => name.includes('control group'))) {
      const time = 97_500_000 + process.pid + floor.length / 100
      const script = `for i in 1 2 3 4; do (setsid sleep ${time} &) & done; sleep ${time}`
      await assert.rejects(
        sh(script, { time: '1s', processes: 30 }, {}, { way: { ...way, groups: before } }),
        /took longer/,
      )
      assert.deepEqual(running(`sleep ${time}`), [])
    }
    assert.deepEqual(groupsNow(), [])
  })

  test('of a process that was killed is ended and removed by the next, and no other', async () => {
    const [place = ''] = places
    const { pid } = spawnSync('/bin/true')
    const dead: Owner = { ...thisOwner(), pid }
    const others: readonly Owner[] = [thisOwner(), { ...dead, place: '0123456789abcdef' }]
    const [gone = '', ...kept] = [dead, ...others].map((owner) => join(place, `bede-${ownerName(owner)}-alone`))
    const children: ChildProcess[] = []
    for (const folder of [gone, ...kept]) {
      mkdirSync(folder)
      const child = spawn('/bin/sleep', ['60'])
      writeFileSync(join(folder, 'cgroup.procs'), String(child.pid))
      children.push(child)
    }
    const [first, ...rest] = children
    try {
      const ended = first ? once(first, 'exit') : undefined
      await groups?.sweep()
      assert.deepEqual(await ended, [null, 'SIGKILL'])
      assert.deepEqual(
        [gone, ...kept].map((folder) => existsSync(folder)),
        [false, true, true],
      )
      for (const child of rest) assert.equal(child.exitCode ?? child.signalCode, null)
    } finally {
      for (const child of rest) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      for (const folder of kept) rmdirSync(folder)
    }
  })

  test('says what the kernel holds as a whole', async () => {
    if (!best || !groups) return
    for (const [floor, way] of floors.filter(([name]) => name.startsWith('limits')))
      assert.equal(held(way).has('processes'), floor.includes('group') && groups.processes, floor)
    const control = new AbortController()
    const call = sh('sleep 87655', { memory: '100mb', processes: 7 }, {}, { signal: control.signal })
    while (groupsNow().length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    const [name = ''] = groupsNow()
    const folder = join(places.find((place) => existsSync(join(place, name))) ?? '', name)
    const written = ['memory.max', 'memory.oom.group', 'pids.max'].map((file) =>
      existsSync(join(folder, file)) ? Number(readFileSync(join(folder, file), 'latin1')) : undefined,
    )
    control.abort(new Error('left'))
    await assert.rejects(call, /left/)
    assert.deepEqual(written, [
      groups.memory ? 108 * 1024 ** 2 : undefined,
      groups.memory ? 1 : undefined,
      groups.processes ? 7 + best.holders : undefined,
    ])
  })
})

test('a group is made where this process is the one to look after groups', () => {
  const service = '/system.slice/app.service'
  const user = '/user.slice/user-1000.slice/user@1000.service/app.slice/app.scope'
  const cases: readonly (readonly [place: string, own: string, asRoot: boolean, delegated: boolean])[] = [
    // In a container, all that it sees is its own.
    ['/', '/', true, true],
    ['/', '/server', true, true],
    ['/server', '/server', true, false],
    // A unit without Delegate= is systemd's, and so are its slices.
    [service, service, true, false],
    ['/system.slice', service, true, false],
    ['/system.slice', service, false, false],
    // With DelegateSubgroup= the process is below its unit.
    [service, `${service}/server`, true, true],
    [`${service}/server`, `${service}/server`, true, true],
    [service, `${service}/server`, false, true],
    // Root of Kubernetes' node, and of a container that was given the node's groups.
    ['/kubepods/pod1', '/kubepods/pod1/c1', true, false],
    // What is this user's was given to it.
    [service, service, false, true],
    [user, user, false, true],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice', user, false, false],
  ]
  for (const [place, own, asRoot, delegated] of cases)
    assert.equal(isDelegated(place, own, asRoot), delegated, `${place} for ${own}, ${asRoot ? 'root' : 'a user'}`)
})

test('a group is found where the system shows it', () => {
  const mount = (root: string, folder: string, type = 'cgroup2') =>
    `30 23 0:26 ${root} ${folder} rw,nosuid shared:4 - ${type} cgroup2 rw,nsdelegate`
  const v1 = mount('/', '/sys/fs/cgroup/memory', 'cgroup')
  assert.deepEqual(seenAt('/a/b', [v1, mount('/', '/sys/fs/cgroup')].join('\n')), {
    root: '/sys/fs/cgroup',
    path: '/a/b',
  })
  assert.deepEqual(seenAt('/docker/1', mount('/docker/1', '/cg')), { root: '/cg', path: '/' })
  assert.deepEqual(seenAt('/docker/1/x', mount('/docker/1', '/cg')), { root: '/cg', path: '/x' })
  assert.equal(seenAt('/docker/12', mount('/docker/1', '/cg')), undefined)
  assert.equal(seenAt('/a', v1), undefined)
})
