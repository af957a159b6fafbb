import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import {
  type ActorOf,
  app,
  defineSchema,
  email,
  file,
  fromActor,
  id,
  integer,
  model,
  ref,
  resources,
  secret,
  sendFile,
  stream,
  text,
  verbs,
} from '../../../src/index.ts'
import { nothingSaid } from '../../../src/practice/prove/acknowledged.ts'
import { bombs, unpacked } from '../../../src/practice/prove/attacks/hostile-files.ts'
import { layLures } from '../../../src/practice/prove/attacks/lures.ts'
import { attacks } from '../../../src/practice/prove/attacks/run-attacks.ts'
import { smallestFile, typesMadeUp } from '../../../src/practice/prove/inventory/made-up-file.ts'
import { serve } from '../../../src/practice/prove/target/serve.ts'
import { createTarget } from '../../../src/practice/prove/target/target.ts'
import { makeScratch } from '../../../src/practice/rehearse/scratch.ts'
import { plainText, sniff, textTypes } from '../../../src/toolkit/content/sniff.ts'
import { studio } from '../../attacks/support/studio.ts'
import { found, lines, proofOf } from './support/proof.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ private: true }),
})
const picture = model({
  id: id<'picture'>(),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  image: file({ types: ['image/png'], max: '20kb', pixels: 1_000_000 }),
})
const models = defineSchema({ user, picture })
const actor = { id: ref('user') }
const { user: Users, picture: Pictures } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)

const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
const picturePolicy = Pictures.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine, delete: mine }
})
const pictureView = Pictures.view(({ row }) => ({ id: row.id, image: row.image }))
const pictures = Pictures.expose({
  view: pictureView,
  operations: ['get', 'create'],
  files: { image: ['get', 'put', 'delete'] },
})
const identity = Users.identity({})

const paper = { paper: { type: ['text/plain', 'text/html'], max: '1mb' } } as const
const keep = route('POST /papers', {
  files: paper,
  output: { id: text() },
  run: async ({ uploads, files }) => {
    const { id } = await files.put(await uploads.paper.bytes(), { types: ['text/plain', 'text/html'], max: '1mb' })
    return { id }
  },
})
const download = route('GET /papers/:id', {
  run: async ({ params, files }) => sendFile(await files.open({ id: params.id })),
})
/** The hole: whatever was sent is a page. */
const show = route('GET /papers/:id/page', {
  run: async ({ params, files }) => {
    const { bytes } = await files.open({ id: params.id })
    return stream(bytes, { type: 'text/html; charset=utf-8' })
  },
})
const archive = { archive: { type: 'application/gzip', max: '5mb' } } as const
/** The hole: all of it at once. */
const unpack = route('POST /unpacked', {
  files: archive,
  output: { bytes: integer() },
  run: async ({ uploads }) => ({ bytes: gunzipSync(await uploads.archive.bytes()).length }),
})
const read = route('POST /read', {
  files: archive,
  output: { entries: integer() },
  run: async ({ uploads, archive }) => {
    let entries = 0
    const limits = { entries: 10, size: '1mb', fileSize: '1mb', ratio: 100, depth: 2 } as const
    for await (const _ of archive.read({ path: uploads.archive.path }, limits)) entries += 1
    return { entries }
  },
})

const shop = (use: object) =>
  app({
    name: 'papers',
    schema: models,
    files: {},
    use: { all: { userPolicy, picturePolicy, pictureView, pictures, identity, ...use } },
  })

test('a file of every type that can be sent is of that type by its bytes', () => {
  for (const type of typesMadeUp) {
    const bytes = smallestFile(type) ?? Buffer.alloc(0)
    const is = sniff(bytes, true)
    const text = is === plainText && (textTypes.includes(type) || type === 'application/octet-stream')
    assert.ok(is === type || text, `${type} is taken for ${is}`)
  }
})

test('a bomb is small, is what it says, and unpacks to what it is to unpack to', () => {
  for (const [type, what, made] of bombs) {
    const bytes = made()
    assert.ok(bytes.length < 1_000_000, what)
    assert.equal(sniff(bytes.subarray(0, 4096), false), type)
  }
  const gzip = bombs.find(([type]) => type === 'application/gzip')?.[2]() ?? Buffer.alloc(0)
  assert.equal(gunzipSync(gzip).length, unpacked + 512)
})

test('an app whose rows have files is attacked with real ones, and compared with its policies', async () => {
  const only = ['picture.getImage', 'picture.putImage', 'picture.getProof', 'paper.getScan', 'paper.putScan']
  const others = ['picture.deleteImage', 'openKept', 'removeKept', 'attachImage', 'readAll', 'files.signed']
  const proof = await proofOf(studio(), { parts: ['attacks', 'policies'], only: [...only, ...others] })
  assert.deepEqual(lines(proof), [])
  assert.deepEqual(
    proof.attacks?.coverage.filter(({ missed }) => missed !== undefined),
    [],
  )
  for (const number of [109, 111, 112, 115, 116, 118])
    assert.equal(proof.attacks?.scores.find((one) => one.number === number)?.state, 'held', `class ${number}`)
  for (const operation of ['picture.putImage', 'picture.getImage', 'paper.putScan']) {
    const covered = proof.attacks?.coverage.find((one) => one.operation === operation)
    assert.ok((covered?.done ?? 0) > 0, operation)
    const cells = proof.policies?.cells.filter((cell) => cell.operation === operation) ?? []
    assert.ok(
      cells.some(({ expected }) => expected === 'done'),
      operation,
    )
    assert.ok(
      cells.some(({ expected }) => expected === 'missing' || expected === 'forbidden'),
      operation,
    )
  }
})

test('what was sent and is given back as a page is found, and what holds all of an archive at once', async () => {
  const proof = await proofOf(shop({ keep, download, show, unpack, read }), { parts: ['attacks'] })
  const holes = found(proof)
  assert.deepEqual([...holes].sort(), ['show: 115', 'unpack: 116'], lines(proof).join('\n'))
})

test('a server that takes what it does not declare is found: another type, too many bytes, too many dots', async () => {
  const anything = { drawing: { type: 'application/octet-stream', max: '2mb', pixels: 5_000_000_000 } } as const
  const take = route('POST /drawings', {
    files: anything,
    output: { size: integer() },
    run: ({ uploads }) => ({ size: uploads.drawing.size }),
  })
  const scratch = await makeScratch(undefined)
  const served = await serve(shop({ take }), scratch.driver)
  const lures = await layLures('zq-lure-zq')
  try {
    const attacking = attacks({ file: nothingSaid, lures }, () => {})
    const target = await createTarget(served, attacking.heard, ['take'])
    // What it is said to declare, and does not hold to.
    const files = { drawing: { types: ['image/png'], max: 1_000, pixels: 1_000_000 } }
    const entries = target.entries.map((entry) => ({ ...entry, files }))
    const { findings } = await attacking.run({ ...target, entries })
    const said = findings.map(({ number, says }) => `${number} ${says}`)
    assert.deepEqual(
      said.filter((line) => /^(?:109|115|116)/.test(line)),
      [
        '115 It takes a program under the name and the type of another file',
        '115 It takes a page with a script under the name and the type of another file',
        '115 It takes a drawing with a script under the name and the type of another file',
        '109 It takes a file that is longer than declared (1000 bytes)',
        '116 It takes a picture of 50000 by 50000 dots, which is more than declared',
      ],
    )
  } finally {
    await lures.close()
    await served.close()
    await scratch.drop()
  }
})

test('an answer about a file without what keeps a browser from running it is found', async () => {
  const scratch = await makeScratch(undefined)
  const served = await serve(shop({}), scratch.driver)
  const lures = await layLures('zq-lure-zq')
  try {
    const attacking = attacks({ file: nothingSaid, lures }, () => {})
    const target = await createTarget(
      served,
      async (exchange, inside) => {
        const headers = new Headers(exchange.headers)
        headers.delete('content-security-policy')
        headers.delete('x-content-type-options')
        headers.set('content-type', 'image/svg+xml')
        headers.set('content-disposition', 'inline')
        await attacking.heard({ ...exchange, headers }, inside)
      },
      ['picture.getImage'],
    )
    const { findings } = await attacking.run(target)
    assert.match(
      findings.find(({ number }) => number === 115)?.says ?? '',
      /image\/svg\+xml is given back without X-Content-Type-Options: nosniff and a Content-Security-Policy with sandbox and Content-Disposition: attachment/,
    )
  } finally {
    await lures.close()
    await served.close()
    await scratch.drop()
  }
})
