import assert from 'node:assert/strict'
import { kiosk } from './support/kiosk.ts'
import { type Answered, type Asked, onStores, type Served, serveApp, test } from './support/siege.ts'

/** What an exposure says of how often its operations may be called holds on every way to them. */

interface KioskSiege extends Served {
  /** All points of everybody come back. */
  rest(): void
  readonly photo: string
  slug(): string
}

const open = async (store: Parameters<typeof serveApp>[1]): Promise<KioskSiege> => {
  let time = 0
  let made = 0
  const served = await serveApp(kiosk(), store, { start: { limits: { clock: () => time } } })
  const rest = () => {
    time += 24 * 3_600_000
  }
  const slug = () => `photo-${++made}`
  rest()
  const photo = await served.ask('POST', '/photos', { as: 'ada', json: { slug: slug() } })
  assert.equal(photo.status, 201, photo.text)
  return { ...served, rest, slug, photo: photo.json.id }
}

/** What is left of a limit, as the answer says it. */
const left = ({ headers }: Answered, name: string): number =>
  Number(new RegExp(`"${name}";r=(\\d+)`).exec(headers.get('ratelimit') ?? '')?.[1])

await onStores('limits of an exposure', open, (siege) => {
  const ok = async (method: string, path: string, asked: Asked = {}): Promise<Answered> => {
    const answer = await siege().ask(method, path, { as: 'ada', ...asked })
    assert.ok(answer.status < 300, answer.text)
    return answer
  }
  const refused = async (status: number, method: string, path: string, json?: unknown): Promise<Answered> => {
    const before = await siege().everything()
    const answer = await siege().ask(method, path, { as: 'ada', ...(json === undefined ? {} : { json }) })
    assert.equal(answer.status, status, answer.text)
    assert.equal(answer.json.code, status === 429 ? 'rate-limited' : 'too-many')
    assert.equal(await siege().everything(), before, 'something was written')
    return answer
  }
  const items = (count: number) => ({ items: Array.from({ length: count }, () => ({ slug: siege().slug() })) })

  test('its operations spend the points of all of them, its actions and their routes too', async () => {
    siege().rest()
    const { photo } = siege()
    const first = await ok('GET', `/photos/${photo}`)
    assert.equal(
      first.headers.get('ratelimit-policy'),
      '"actor";q=60;w=60, "photos/actor";q=20;w=3600, "photos/address";q=1000;w=3600',
    )
    assert.equal(left(first, 'photos/actor'), 19)
    assert.equal(left(await ok('POST', `/photos/${photo}/vote`), 'photos/actor'), 18)
    assert.equal(left(await ok('POST', `/vote/${photo}`), 'photos/actor'), 17)
    assert.equal(left(await ok('PATCH', `/photos/${photo}`, { json: { votes: 1 } }), 'photos/actor'), 16)
    assert.equal(left(await ok('GET', '/photos/aggregate'), 'photos/actor'), 11)
    const operations = [1, 2].map(() => ({ operation: 'photo.get', input: { id: photo } }))
    assert.equal(left(await ok('POST', '/batch', { json: { operations } }), 'photos/actor'), 9)
    for (let n = 0; n < 9; n++) await ok('HEAD', `/photos/${photo}`)
    for (const [method, path] of [
      ['GET', `/photos/${photo}`],
      ['POST', `/photos/${photo}/vote`],
      ['POST', `/vote/${photo}`],
      ['DELETE', `/photos/${photo}`],
    ] as const)
      assert.deepEqual((await refused(429, method, path)).json['violated-policies'], ['photos/actor'])
    assert.equal((await siege().ask('GET', `/photos/${photo}`, { as: 'bob' })).status, 200, 'somebody else')
    assert.equal((await siege().ask('GET', '/auth/me', { as: 'ada' })).status, 200, 'what is not of the exposure')
  })

  test('an action has its own limit beside that of the exposure', async () => {
    siege().rest()
    const answer = await ok('POST', `/photos/${siege().photo}/cheer`)
    assert.deepEqual([left(answer, 'photos/actor'), left(answer, 'cheer/actor')], [19, 1])
    await ok('POST', `/photos/${siege().photo}/cheer`)
    const more = await refused(429, 'POST', `/photos/${siege().photo}/cheer`)
    assert.deepEqual(more.json['violated-policies'], ['cheer/actor'])
  })

  test('what single operations cost and may is said of each, links among them', async () => {
    siege().rest()
    assert.equal(left(await ok('GET', '/photos'), 'photos/actor'), 17)
    assert.equal(left(await ok('GET', '/photos?limit=100'), 'photos/actor'), 11)
    const path = `/photos/${siege().photo}/marks/${siege().ids.ada}`
    await ok('PUT', path)
    assert.deepEqual((await refused(429, 'PUT', path)).json['violated-policies'], ['photo.addMarks/actor'])
    await ok('DELETE', path)
  })

  test('class 51: a bulk and an upsert spend what so many creations would, and more than there ever is are refused', async () => {
    siege().rest()
    const made = await ok('POST', '/photos/batch', { json: items(3) })
    assert.deepEqual([left(made, 'photos/actor'), left(made, 'photo.create/actor')], [17, 3])
    const put = await ok('PUT', `/photos/by/slug/${siege().slug()}`, { json: {} })
    assert.deepEqual([left(put, 'photos/actor'), left(put, 'photo.create/actor')], [15, 1])
    await refused(429, 'POST', '/photos/batch', items(2))
    await refused(429, 'PUT', `/photos/by/slug/${siege().slug()}`, {})
    await ok('POST', '/photos', { json: { slug: siege().slug() } })
    await refused(429, 'POST', '/photos', { slug: siege().slug() })

    siege().rest()
    for (const count of [7, 20, 500]) await refused(400, 'POST', '/photos/batch', items(count))
    const operations = [{ operation: 'photo.createMany', input: items(7) }]
    await refused(400, 'POST', '/batch', { operations })
    assert.equal(left(await ok('POST', '/photos/batch', { json: items(6) }), 'photo.create/actor'), 0)
  })
})
