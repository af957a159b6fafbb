import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHttpServer } from '../../src/surface/http/server.ts'
import { rest } from '../../src/surface/rest/rest.ts'
import { ownerName, thisOwner } from '../../src/toolkit/owner.ts'
import { prefix, scratchName } from '../../src/toolkit/scratch/lease.ts'
import type { TestStore } from '../support/stores.ts'
import { desk, seen } from './support/desk.ts'
import { boundary, formOf, formType, type Part, pdf, png } from './support/forms.ts'
import { onStores, type Served, serveApp, test } from './support/siege.ts'

/** Files from strangers: what they are called, what they say they are, and what is left of them. */

/** The scratch folders of this process. */
const scratch = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(scratchName()))

const title: Part = { name: 'title', content: 'Invoice' }
const good: Part = { name: 'paper', content: pdf, filename: 'invoice.pdf', type: 'application/pdf' }
const form = (...parts: readonly Part[]) => ({ body: formOf(...parts), headers: { 'Content-Type': formType } })

/** Everything that lies in scratch folders; removing ends a moment after the answer. */
async function left(): Promise<readonly string[]> {
  for (let tries = 0; tries < 3_000 && scratch().length > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  return scratch()
}

interface Desk extends Served {
  /** Refused before its handler; nothing was written and nothing is left of its files. */
  turnedAway(status: number, path: string, asked: ReturnType<typeof form> & { method?: string }): Promise<string>
}

/** No process of this place has this number. */
const abandoned = join(tmpdir(), `${prefix}${ownerName({ ...thisOwner(), pid: 2_147_483_647 })}-${process.pid}`)

async function besiege(store: TestStore): Promise<Desk> {
  mkdirSync(abandoned, { recursive: true })
  const served = await serveApp(desk(), store)
  return {
    ...served,
    async turnedAway(status, path, { method = 'POST', ...asked }) {
      const { calls } = seen
      const answer = await served.refused(status, method, path, { as: 'eve', ...asked })
      assert.equal(seen.calls, calls, 'its handler was called')
      assert.deepEqual(await left(), [])
      return answer.text
    },
  }
}

await onStores('a desk that takes files', besiege, (siege) => {
  test('class 19: who may not send a file is refused before a byte of it is looked at', async () => {
    const { refused, raw, tokens } = siege()
    const { calls } = seen
    await refused(401, 'POST', '/papers', form(title, good))
    await refused(403, 'POST', '/papers', { as: 'bob', ...form(title, good) })
    await refused(401, 'PUT', '/avatar', {
      body: png(10, 10).toString('latin1'),
      headers: { 'Content-Type': 'image/png' },
    })
    // The body never comes, and is not waited for.
    const head = (as: string) =>
      `POST /papers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${as}\r\nContent-Type: ${formType}\r\nContent-Length: 90000\r\nConnection: close\r\n\r\n--${boundary}\r\n`
    assert.match(await raw(head(tokens.bob)), /^HTTP\/1\.1 403 /)
    assert.match(await raw(head('nobody')), /^HTTP\/1\.1 401 /)
    const wrong = head(tokens.eve).replace('/papers', '/papers?mode=other')
    assert.match(await raw(wrong), /^HTTP\/1\.1 422 /, 'nor is that of a call that is wrong without it')
    assert.equal(seen.calls, calls)
    assert.deepEqual(await left(), [])
  })

  test('class 111: what a sender calls a file is no part of where it lies', async () => {
    const { ask, rows } = siege()
    const names = ['../../../etc/passwd', '..\\..\\boot.ini', '/etc/cron.d/x', 'C:\\windows\\x', '....//....//x', '.', '..',
      '~/.ssh/authorized_keys', '%2e%2e%2fx', 'a/../../b.pdf', 'CON', 'x.pdf::$DATA', '\u202egpj.exe', 'ünï/çødé.pdf',
      `${'long'.repeat(500)}.pdf`, '; rm -rf .pdf', '$(id).pdf', '-rf.pdf', 'a\u0000b.pdf', ' '] // biome-ignore format: a list
    for (const filename of names) {
      const made = await ask('POST', '/papers', { as: 'eve', ...form(title, { ...good, filename }) })
      assert.equal(made.status, 201, `${filename}: ${made.text}`)
      const [path = ''] = seen.paths
      assert.match(path.slice(tmpdir().length), new RegExp(`^/${scratchName()}\\w+/[0-9a-f-]{36}$`), filename)
    }
    const kept = (await rows('select name from paper')).map(([name]) => name)
    for (const name of kept) assert.doesNotMatch(name ?? '', /[/\\\0\u202e]|^\.+$/)
    assert.deepEqual(await left(), [])
  })

  test('class 112: what pretends to be a file that has come is none', async () => {
    const { turnedAway } = siege()
    const path = '/etc/passwd'
    const pretending = { path, filepath: path, name: 'x.pdf', type: 'application/pdf', size: 1, sha256: 'x' }
    const json = (value: unknown, type = 'application/json') => ({
      body: Buffer.from(JSON.stringify(value)),
      headers: { 'Content-Type': type },
    })
    for (const type of ['application/json', 'application/pdf', 'text/plain', 'application/x-www-form-urlencoded'])
      await turnedAway(415, '/papers', json({ title: 'x', paper: pretending, uploads: { paper: [pretending] } }, type))
    await turnedAway(400, '/papers', form(title, { name: 'uploads', content: JSON.stringify({ paper: [pretending] }) }))
    await turnedAway(415, '/papers', form(title, { name: 'paper', content: JSON.stringify(pretending) }))
    for (const name of ['paper[path]', 'paper.path', 'paper[]', '__proto__', 'constructor'])
      await turnedAway(400, '/papers', form(title, good, { name, content: path }))
    await turnedAway(400, '/papers', form(title))
    await turnedAway(400, '/papers', form(good, { name: 'title', content: 'x', filename: 'title.txt' }))
    await turnedAway(400, '/papers', form(title, title, good))
    await turnedAway(400, '/papers', form(title, good, { ...good, filename: 'other.pdf' }))
  })

  test('class 115: a file is what its bytes are, whatever its name and its sender say', async () => {
    const { turnedAway, ask } = siege()
    const page = '<!doctype html><script>alert(1)</script>'
    const picture = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    for (const content of [page, picture, 'MZ\x90\0', '#!/bin/sh\nid\n', 'PK\x03\x04', `GIF89a${page}`, 'hello'])
      for (const type of ['application/pdf', 'image/png'])
        await turnedAway(415, '/papers', form(title, { name: 'paper', content, filename: 'x.pdf', type }))
    for (const content of [page, picture, png(1, 1), '\0\0\0'])
      await turnedAway(415, '/papers', form(title, good, { name: 'notes', content, type: 'text/plain' }))
    await turnedAway(415, '/avatar', {
      method: 'PUT',
      body: Buffer.from(page),
      headers: { 'Content-Type': 'image/png' },
    })
    await turnedAway(415, '/avatar', {
      method: 'PUT',
      body: Buffer.from(png(1, 1)),
      headers: { 'Content-Type': 'text/html' },
    })
    const lying = { ...good, type: 'text/html', filename: 'x.html' }
    assert.equal((await ask('POST', '/papers', { as: 'eve', ...form(title, lying) })).status, 201)
  })

  test('class 116: a small file that is a giant picture is refused by what it says, and never decoded', async () => {
    const { turnedAway, ask } = siege()
    for (const [width, height] of [
      [60_000, 60_000],
      [1_000_001, 1],
      [0x7fffffff, 0x7fffffff],
      [1001, 1000],
    ] as const) {
      // biome-ignore format: pairs
      await turnedAway(422, '/papers', form(title, { ...good, content: png(width, height) }))
      await turnedAway(422, '/avatar', {
        method: 'PUT',
        body: Buffer.from(png(width, height)),
        headers: { 'Content-Type': 'image/png' },
      })
    }
    await turnedAway(422, '/papers', form(title, { ...good, content: png(1, 1).subarray(0, 12) }))
    const fine = await ask('PUT', '/avatar', {
      as: 'bob',
      body: Buffer.from(png(1000, 1000)),
      headers: { 'Content-Type': 'image/png' },
    })
    assert.equal(fine.status, 204, fine.text)
  })

  test('class 117: nothing of a file is left, however its call ends', async () => {
    const { turnedAway, ask, port, tokens, everything, backend } = siege()
    const calls = () => seen.calls
    // What a process left that was killed is gone with the next start.
    assert.equal(existsSync(abandoned), false)
    const long = (bytes: number) => ({ ...good, content: `${pdf}${' '.repeat(bytes)}` })
    await turnedAway(413, '/papers', form(title, long(250_000)))
    await turnedAway(413, '/papers', form(title, good, { name: 'notes', content: 'x'.repeat(20_000) }))
    await turnedAway(413, '/papers', form(title, long(4_000_000)))
    await turnedAway(
      400,
      '/papers',
      form(title, good, ...Array.from({ length: 3 }, () => ({ name: 'notes', content: 'x' }))),
    )
    await turnedAway(
      400,
      '/papers',
      form({ name: 'title', content: 'x'.repeat(200) }, good, { name: 'more', content: '' }),
    )
    await turnedAway(422, '/papers', form({ name: 'title', content: 'x'.repeat(200) }, good))
    const cut = formOf(title, long(100_000))
    await turnedAway(400, '/papers', {
      body: Buffer.from(cut.subarray(0, 60_000)),
      headers: { 'Content-Type': formType },
    })

    const before = await everything()
    const failed = await ask('POST', '/papers?mode=fail', { as: 'eve', ...form(title, good) })
    assert.equal(failed.status, 500)
    assert.deepEqual(await left(), [])

    // The time of the operation is over while its handler waits.
    const { manifest, engine, authenticate } = backend
    const hasty = createHttpServer({ name: 'hasty', port: 0, authenticate, limits: { operationTime: 300 } })
    rest.mount(manifest, engine, hasty)
    const late = await fetch(`http://127.0.0.1:${(await hasty.listen()).port}/papers?mode=late`, {
      method: 'POST',
      body: formOf(title, good),
      headers: { 'Content-Type': formType, Authorization: `Bearer ${tokens.eve}` },
    })
    assert.equal(late.status, 504, await late.text())
    await hasty.close()
    assert.deepEqual(await left(), [])

    const started = calls()
    const away = 1_000
    const head = `POST /papers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.eve}\r\nContent-Type: ${formType}\r\nContent-Length: ${cut.length}\r\n\r\n`
    const goAway = () =>
      new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () =>
          socket.write(Buffer.concat([Buffer.from(head), cut.subarray(0, 50_000)]), () =>
            setImmediate(() => socket.destroy()),
          ),
        )
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
    for (let done = 0; done < away; done += 50) await Promise.all(Array.from({ length: 50 }, goAway))
    assert.deepEqual(await left(), [])
    assert.equal(calls(), started)
    assert.equal(await everything(), before)
  })

  test('class 127: a form that is made to be hard to read is read in time, or refused', async () => {
    const { turnedAway, ask } = siege()
    const hundred = 100_000
    const whole = (bytes: string) => ({ body: Buffer.from(bytes, 'latin1'), headers: { 'Content-Type': formType } })
    const headed = (lines: string) => whole(`--${boundary}\r\n${lines}\r\n\r\nx\r\n--${boundary}--\r\n`)
    const hostile = [
      whole('-'.repeat(hundred)),
      whole(`\r\n--${boundary.slice(0, -1)}`.repeat(hundred / 20)),
      whole(`--${boundary}\r\n`.repeat(hundred / 20)),
      headed(`Content-Disposition: form-data; name="paper"; filename="${'\\"'.repeat(hundred / 2)}"`),
      headed(`Content-Disposition: form-data; name="${'a'.repeat(hundred)}"`),
      headed(`Content-Disposition: form-data${'; a=b'.repeat(1_500)}`),
      headed(`Content-Disposition: form-data;${' '.repeat(hundred)}name="paper"`),
      headed(`Content-Disposition: form-data; name="paper"${'\r\n folded'.repeat(hundred / 10)}`),
      headed(`${'x: y\r\n'.repeat(hundred / 6)}Content-Disposition: form-data; name="paper"`),
      headed(`__proto__: x\r\nconstructor: y`),
      headed(`Content-Disposition: form-data; name="paper"\r\nContent-Disposition: form-data; name="title"`),
      headed(`Content-Disposition: form-data; name="paper"; name="title"`),
      headed(`Content-Disposition: attachment; name="paper"`),
      headed(`Content-Disposition: form-data; name="paper"\r\nContent-Transfer-Encoding: base64`),
      whole(''),
      whole(`--${boundary}`),
      whole(`--${boundary}\r\n\r\n--${boundary}--`),
    ]
    for (const asked of hostile) await turnedAway(400, '/papers', asked)
    // Each would take kilobytes, and the whole of a large body is full of them.
    for (const headless of [`--${boundary}\r\n`, `--${boundary}\r\n\r\n`])
      assert.match(await turnedAway(400, '/papers', whole(headless.repeat(2_000))), /"too-many"/)
    for (const type of [
      `multipart/form-data; boundary=${'a'.repeat(71)}`,
      'multipart/form-data',
      'multipart/form-data; boundary=',
      `multipart/form-data; boundary=a; boundary=${boundary}`,
      `multipart/mixed; boundary=${boundary}`,
      `multipart/form-data;${' '.repeat(8_000)}boundary=${boundary}`,
    ])
      await turnedAway(415, '/papers', { body: formOf(title, good), headers: { 'Content-Type': type } })
    // What this reader would not get to see is not dropped: another one might see it.
    const filled = Array.from({ length: 15 }, (_, n) => `X-${n}: y`).join('\r\n')
    const said = formOf(title, good)
      .toString('latin1')
      .replace(/(name="title")/, `$1\r\n${filled}`)
    assert.equal((await ask('POST', '/papers', { as: 'eve', ...whole(said) })).status, 201)
    const hidden = said.replace('X-14: y', 'X-14: y\r\nContent-Transfer-Encoding: base64')
    await turnedAway(400, '/papers', whole(hidden))
    const many = Array.from({ length: 2_000 }, (_, n) => ({ name: `f${n}`, content: '' }))
    await turnedAway(400, '/papers', form(title, good, ...many))
    // The server goes on.
    assert.equal((await ask('POST', '/papers', { as: 'eve', ...form(title, good) })).status, 201)
    assert.deepEqual(await left(), [])
  })
})
