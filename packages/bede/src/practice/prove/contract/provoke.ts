import { disguises, oversized } from '../attacks/hostile-files.ts'
import { withFile } from '../attacks/sent-files.ts'
import { tellingSubjects } from '../inventory/about.ts'
import type { Entry } from '../inventory/inventory.ts'
import type { SentFile } from '../inventory/made-up-file.ts'
import { type Draft, draft, type Example } from '../inventory/request.ts'
import type { Exchange } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import { nobody, type Person } from '../world/person.ts'

/** Bytes beyond the limits of every server. */
const tooMany = 1_100_000
const longTarget = 9_000
const longHeader = 20_000
/** Files that may be larger are not sent too large: it would tell nothing more. */
const largestSent = 16_777_216

/**
 * Requests that a caller who makes mistakes would send, one after the other in trials of their own: each is to be
 * answered with a status that is documented, and together they produce what can be produced.
 */
export async function provoke(
  entry: Entry,
  target: Target,
  heard: (exchange: Exchange) => void,
  { media, example }: { readonly media: readonly string[]; readonly example: Example | undefined },
): Promise<void> {
  const told = { full: true, ...(example && { example }) }
  const ada = target.world.people.find(({ name }) => name === 'ada') ?? nobody
  const send = async (request: Draft, as: Person = ada): Promise<Exchange> => {
    const exchange = await target.send(request, as)
    heard(exchange)
    return exchange
  }
  // Whoever may, whoever may not, and nobody, about everything: 200, 201, 204, 401, 403, 404.
  for (const as of target.world.people.filter(({ name }) => ['nobody', 'ada', 'bob'].includes(name)))
    for (const about of tellingSubjects(entry, target, as)) {
      const request = draft(entry, target.world, { about, ...told })
      if (request) await send(request, as)
    }
  const about = tellingSubjects(entry, target, ada).find((row) => row?.owner === 'ada')
  const request = draft(entry, target.world, { about, ...told })
  if (!request) return
  const fresh = draft(entry, target.world, { about, ...told, values: 'fresh' })
  const withHeaders = (headers: Record<string, string>): Draft => ({
    ...request,
    headers: { ...request.headers, ...headers },
  })
  const join = request.target.includes('?') ? '&' : '?'
  if (fresh) await send(fresh)
  await send({ ...request, target: `${request.target}${join}undeclared=1` })
  await send(withHeaders({ authorization: `${target.served.scheme} ${'A'.repeat(43)}` }), nobody)
  await send(withHeaders({ accept: 'image/png' }))
  for (const one of media) await send(withHeaders({ accept: one }))
  await send({ ...request, target: `${request.target}${join}x=${'x'.repeat(longTarget)}` })
  await send(withHeaders({ 'x-long': 'x'.repeat(longHeader) }))
  if (entry.http.method === 'GET') {
    if (entry.file) for (const range of ['bytes=0-0', 'bytes=999999999-']) await send(withHeaders({ range }))
    await twice(target, heard, request, ada, ({ headers }) => {
      const tag = headers.get('etag')
      return tag === null ? undefined : withHeaders({ 'if-none-match': tag })
    })
    return
  }
  await send(withHeaders({ 'if-match': '"none-such"' }))
  await send(withHeaders({ 'if-none-match': '*' }))
  await send(withHeaders({ prefer: 'return=minimal' }))
  // What was made is made again: 409. Another request under the same key: 422.
  await twice(target, heard, request, ada, () => request)
  const key = { 'idempotency-key': target.served.random.uuid() }
  if (fresh && request.body !== undefined)
    await twice(target, heard, withHeaders(key), ada, () => ({ ...fresh, headers: { ...fresh.headers, ...key } }))
  for (const files of hostileFiles(entry, request)) await send({ ...request, files })
  if (entry.http.body === undefined) return
  await send({ ...withHeaders({ 'content-type': 'text/plain' }) })
  await send({ ...request, body: 'x'.repeat(tooMany) })
  await send({ ...request, body: [] })
  await send({ ...request, body: {} })
}

/** Files that are no files of the declared types, that are empty, and that are too long. */
export function hostileFiles(entry: Entry, request: Draft): readonly (readonly SentFile[])[] {
  if (!request.files || request.files.length === 0) return []
  const sending = { entry, request }
  const none = new Uint8Array()
  return [
    ...disguises.map(({ bytes }) => withFile(sending, () => ({ bytes }))),
    withFile(sending, () => ({ bytes: none })),
    withFile(sending, ({ type }, { max }) => {
      const bytes = max < largestSent ? oversized(type, max) : undefined
      return bytes && { bytes }
    }),
  ].map(({ files = [] }) => files)
}

async function twice(
  target: Target,
  heard: (exchange: Exchange) => void,
  first: Draft,
  as: Person,
  next: (exchange: Exchange) => Draft | undefined,
): Promise<void> {
  await target.together(async ({ send }) => {
    const one = await send(first, as)
    heard(one)
    const second = next(one)
    if (second) heard(await send(second, as))
  })
}
