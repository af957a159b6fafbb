import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { localFiles } from '../../src/adapters/files/local.ts'
import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  email,
  file,
  id,
  model,
  ref,
  resources,
  secret,
  text,
  verbs,
} from '../../src/index.ts'
import type { TestStore } from '../support/stores.ts'
import { type Asked, onStores, serveApp, test } from './support/siege.ts'
import { tusRequests } from './support/tus-requests.ts'

/** Files of those who have not signed in: a box into which everybody throws what they like. */

const user = model({
  id: id<'user'>(),
  handle: text({ unique: true }),
  role: text({ default: 'member' }),
  email: email({ unique: true, private: true, max: 254 }),
  password: secret({ private: true }),
})
const drop = model({
  id: id<'drop'>(),
  title: text(),
  paper: file({ types: ['text/plain'], max: '2kb' }),
})
const models = defineSchema({ user, drop })
const actor = { id: ref('user') }
const { user: Users, drop: Drops } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)
const userPolicy = Users.policy(() => ({ read: anyone }))
const accountView = Users.view(({ row }) => ({ id: row.id }))
const identity = Users.identity({ register: ['handle'], view: accountView })
const dropPolicy = Drops.policy(() => ({ read: anyone, create: anyone, update: anyone }))
const dropView = Drops.view(({ row }) => ({ id: row.id, title: row.title, paper: row.paper }))
const drops = Drops.expose({
  view: dropView,
  operations: ['get', 'create'],
  files: { paper: ['get', 'put', 'delete', 'upload'] },
})
const keep = route('POST /kept', {
  auth: 'optional',
  run: async ({ files }) => {
    await files.put(Buffer.from('words'), { types: ['text/plain'], max: '1kb' })
    return { done: true }
  },
})
const box = app({
  name: 'box',
  schema: models,
  files: { anonymous: { count: 6, bytes: '8kb' }, uploads: { each: { count: 2 }, for: '2h' } },
  use: { all: { userPolicy, accountView, identity, dropPolicy, dropView, drops, keep } },
})

async function open(store: TestStore) {
  const folder = await mkdtemp(join(tmpdir(), 'bede-box-'))
  const served = await serveApp(box, store, {
    start: { files: await localFiles(folder) },
    http: { trustedProxies: ['127.0.0.1'] },
  })
  const { ask, everything } = served
  const stored = async () => (await readdir(folder, { recursive: true })).filter((name) => /[0-9a-f]{12}$/.test(name))
  const from = (address: string, asked: Asked = {}): Asked => ({
    ...asked,
    headers: { 'X-Forwarded-For': address, ...asked.headers },
  })
  return {
    ...served,
    from,
    stored,
    async make(): Promise<string> {
      return (await ask('POST', '/drops', { json: { title: 'x' } })).json.id
    },
    put: (address: string, path: string, body: string) =>
      ask('PUT', path, from(address, { body, headers: { 'Content-Type': 'text/plain' } })),
    async unstored(status: number, does: () => Promise<{ readonly status: number; readonly text: string }>) {
      const before = [await everything(), await stored()]
      const answer = await does()
      assert.equal(answer.status, status, answer.text)
      assert.ok(isDeepStrictEqual([await everything(), await stored()], before), 'something was written')
    },
    async close() {
      await served.close()
      await rm(folder, { recursive: true })
    },
  }
}

await onStores('files of strangers', open, (siege) => {
  test('class 61: those who come from one address have room for so much together, however many rows and at once', async () => {
    const { make, put, unstored, ask, rows, from } = siege()
    const ids = await Promise.all(Array.from({ length: 9 }, make))
    const sent = await Promise.all(ids.map((one) => put('203.0.113.7', `/drops/${one}/paper`, 'a page')))
    const codes = sent.map(({ status }) => status)
    assert.deepEqual([codes.filter((one) => one === 200).length, codes.filter((one) => one === 413).length], [6, 3])
    assert.equal(sent.find(({ status }) => status === 413)?.json.code, 'quota-exceeded')
    const [full = '', fresh = ''] = [ids[codes.indexOf(200)], ids[codes.indexOf(413)]]
    // Whatever else is written of the address or beside it, it is the same one.
    for (const address of ['203.0.113.7', '::ffff:203.0.113.7', '203.0.113.7:4711', '198.51.100.1, 203.0.113.7'])
      await unstored(413, () => put(address, `/drops/${fresh}/paper`, 'one more'))
    await unstored(413, () => ask('POST', '/kept', from('203.0.113.7')))
    assert.equal((await put('203.0.113.8', `/drops/${fresh}/paper`, 'from another')).status, 200)
    assert.equal((await ask('DELETE', `/drops/${full}/paper`, from('203.0.113.7'))).status, 204)
    for (let i = 0; i < 500; i++) {
      const [[left] = []] = await rows('select count(*) from bede.file')
      if (Number(left) === 6) break
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.equal((await put('203.0.113.7', `/drops/${full}/paper`, 'again')).status, 200)
    // Nothing of an address is kept, and nothing that it could be found by without the key.
    const [[kept = ''] = []] = await rows('select string_agg(network, chr(10)) from bede.file')
    assert.match(kept ?? '', /^[\w-]{43}(\n[\w-]{43})*$/)
    const shown = JSON.stringify((await ask('GET', `/drops/${full}`)).json)
    assert.ok(!/network|203\.0/.test(shown), shown)
  })

  test('class 61: a network of IPv6 counts as one address', async () => {
    const { make, put } = siege()
    const ids = await Promise.all(Array.from({ length: 7 }, make))
    const codes: number[] = []
    for (const [n, one] of ids.entries())
      codes.push((await put(`2001:db8:1:2:${n}::${n}`, `/drops/${one}/paper`, 'x')).status)
    assert.deepEqual(codes, [200, 200, 200, 200, 200, 200, 413])
    assert.equal((await put('2001:db8:1:3::1', `/drops/${ids[6]}/paper`, 'x')).status, 200)
  })

  test('bytes count as well, those that are still to come too, and an account has room of its own', async () => {
    const { make, put, ask, from, unstored } = siege()
    const stranger = {
      ask: (method: string, path: string, asked?: Asked) => ask(method, path, from('192.0.2.9', asked)),
    }
    const { begin, begun, append, abandon, head } = tusRequests(stranger)
    const ids = await Promise.all(Array.from({ length: 5 }, make))
    const uploads = [
      await begun(undefined, `/drops/${ids[0]}/paper`, 2_000),
      await begun(undefined, `/drops/${ids[1]}/paper`, 2_000),
    ]
    await unstored(413, () => begin(undefined, `/drops/${ids[2]}/paper`, 10))
    for (const one of [ids[2], ids[3]])
      assert.equal((await put('192.0.2.9', `/drops/${one}/paper`, 'x'.repeat(2_000))).status, 200)
    await unstored(413, () => put('192.0.2.9', `/drops/${ids[4]}/paper`, 'x'.repeat(1_000)))
    const account = await ask('PUT', `/drops/${ids[4]}/paper`, { as: 'ada', body: 'x'.repeat(1_000) })
    assert.equal(account.status, 200)
    // Whoever has the address of an upload that nobody signed goes on with it; whoever has signed in has begun another.
    const [one = '', other = ''] = uploads
    assert.equal((await tusRequests(siege()).head('ada', one)).status, 404)
    assert.equal((await append(undefined, one, 0, 'x'.repeat(2_000))).status, 204)
    assert.equal((await ask('GET', `/drops/${ids[0]}/paper`)).text.length, 2_000)
    assert.equal((await abandon(undefined, other)).status, 204)
    assert.equal((await head(undefined, other)).status, 404)
    const hers = await tusRequests(siege()).begun('ada', `/drops/${ids[1]}/paper`, 100)
    await unstored(404, () => head(undefined, hers))
    await unstored(404, () => append(undefined, hers, 0, 'x'))
  })
})
