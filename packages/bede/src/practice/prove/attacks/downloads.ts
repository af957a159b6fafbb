import { isMembers } from '../../../engine/complete.ts'
import { signedUrl } from '../../../engine/files/signed.ts'
import type { Json } from '../../../expr/value.ts'
import { signedPath } from '../../../manifest/exposed/files.ts'
import type { Finding } from '../finding.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import { type Draft, draft } from '../inventory/request.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import type { Send, Target } from '../target/target.ts'
import { nobody } from '../world/person.ts'
import { hole } from './found.ts'
import { scripted } from './hostile-files.ts'
import type { Probe } from './probe.ts'
import { type Sending, sendings, takesFiles, withFile } from './sent-files.ts'

/** What strangers have sent is given back as what nobody runs: the watches look at every answer. */
export const downloads: Probe = {
  name: 'files that hold a script are sent, and whatever could give them back is asked for them',
  classes: [115],
  applies: takesFiles,
  async run(siege) {
    const { target } = siege
    for (const sending of sendings(siege)) {
      const types = new Set(Object.values(sending.entry.files).flatMap((rules) => rules.types))
      for (const type of types) {
        const bytes = scripted(type)
        if (!bytes) continue
        const request = withFile(sending, (file, rules) =>
          rules.types.includes(type) ? { bytes, type, name: `${file.name.split('.')[0]}.html` } : undefined,
        )
        await target.together(async ({ send }) => {
          const sent = await send(request, sending.as)
          if (succeeded(sent)) await readBack(target, sending, sent, send)
        })
      }
    }
    return []
  },
}

/** Everything that could give back, or take away, what the upload has made: by its rows, or by what it has answered. */
async function readBack(target: Target, { entry: from, as }: Sending, sent: Exchange, send: Send): Promise<void> {
  const answer = parsed(sent.text)
  const others = target.world.people.filter(({ account }) => account !== '' && account !== as.account)
  const reads = ({ http }: Entry): boolean => http.method === 'GET'
  const handlers = target.entries.filter((entry) => entry.handler || entry.file?.does === 'get')
  for (const entry of [...handlers.filter(reads), ...handlers.filter((one) => !reads(one) && one !== from)]) {
    const model = (entry.file ?? from.file)?.model
    const about = target.world.rows.find((row) => row.owner === as.name && row.model === model)
    const same = entry.file && from.file && entry.file.model === from.file.model
    const fill = (slot: Slot) => (same ? idSent(slot, sent) : (made(slot, sent, target) ?? toldOf(slot, answer)))
    const request = draft(entry, target.world, { about, fill, full: true })
    if (!request || (!reads(entry) && !entry.slots.some((slot) => toldOf(slot, answer)))) continue
    for (const caller of [as, ...others]) if ((await send(request, caller)).status !== forbidden) break
  }
  for (const address of addressesIn(answer)) {
    const { body: _, form: __, files: ___, ...rest } = sent.draft
    await send({ ...rest, method: 'GET', target: address, headers: {} }, as)
  }
}

/** Not for this one: for another, perhaps. */
const forbidden = 403

/** The id of the row whose file was sent. */
const idSent = ({ path }: Slot, { draft: { input } }: Exchange): { readonly value: Json } | undefined =>
  path.length === 1 && path[0] === 'id' && input.id !== undefined ? { value: input.id } : undefined

/** The field of a row that has been written meanwhile. */
function made({ column }: Slot, { changes }: Exchange, { manifest }: Target): { readonly value: Json } | undefined {
  const change = column && changes.find(({ model, kind }) => model === column.model && kind !== 'deleted')
  const name = column && manifest.models[column.model]?.fields[column.field]?.column
  const value = change && name !== undefined ? change.columns[name] : undefined
  return value === undefined || value === null ? undefined : { value }
}

/** What the answer calls as the other operation does; of what finds no row and is said in a path, else its `id`. */
function toldOf({ path, place, column }: Slot, answer: Json): { readonly value: Json } | undefined {
  const value =
    memberOf(answer, path.at(-1) ?? '') ?? (place === 'path' && !column ? memberOf(answer, 'id') : undefined)
  return value === undefined ? undefined : { value }
}

/** The first text or number of a name, from the outside in. */
function memberOf(json: Json, name: string): Json | undefined {
  if (Array.isArray(json)) return json.map((one) => memberOf(one, name)).find((one) => one !== undefined)
  if (!isMembers(json)) return undefined
  const own = Object.hasOwn(json, name) ? json[name] : undefined
  if (typeof own === 'string' || typeof own === 'number') return own
  return Object.values(json)
    .map((one) => memberOf(one, name))
    .find((one) => one !== undefined)
}

function addressesIn(json: Json): readonly string[] {
  if (typeof json === 'string') return /^\/[\w./?=&%-]+$/.test(json) ? [json] : []
  if (typeof json !== 'object' || json === null) return []
  return Object.values(json).flatMap(addressesIn)
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Seconds for which an address is signed here. */
const soon = 600

/** A signed address opens what was signed, and nothing that looks like it. */
export const signedAddresses: Probe = {
  name: 'addresses of files are signed, and each part of them is changed',
  classes: [118],
  applies: (entries, { served }) =>
    (served.backend.files !== undefined && entries.some(isSigned)) || 'no address of a file is signed',
  async run({ target }) {
    const { backend } = target.served
    const entry = target.entries.find(isSigned)
    const ids = fileIds(target)
    const [id, other] = ids
    if (!entry || id === undefined) return []
    const until = Math.floor(backend.clock().valueOf() / 1000) + soon
    const get = (address: string): Draft => ({ entry, method: 'GET', target: address, headers: {}, input: {} })
    const good = signedUrl(backend.keys, { id, until, saved: true })
    await target.send(get(good), nobody)
    const [, , signature = ''] = /^(.*\.)([\w-]{43})$/.exec(good) ?? []
    const end = until.toString(36)
    const forged = [
      `${signedPath}/${id}.${end}.i.${signature}`,
      `${signedPath}/${id}.${(until + soon).toString(36)}.s.${signature}`,
      `${signedPath}/${id}.${end}.s.${signature.slice(0, -2)}AA`,
      ...(other === undefined ? [] : [`${signedPath}/${other}.${end}.s.${signature}`]),
      signedUrl(backend.keys, { id, until: until - 2 * soon, saved: true }),
    ]
    const found: Finding[] = []
    for (const address of forged) {
      const exchange = await target.send(get(address), nobody)
      if (succeeded(exchange))
        found.push(
          hole(118, exchange, {
            says: 'An address opens a file that was not signed for it, or not any more',
            hint: 'Let files.signedUrl(…) make addresses, and nothing else.',
          }),
        )
    }
    return found
  },
}

const isSigned = ({ operation }: Entry): boolean => operation.kind === 'invoke' && operation.file?.does === 'signed'

/** Of the files that rows have. */
function fileIds({ manifest, world }: Target): readonly string[] {
  return Object.entries(manifest.models).flatMap(([model, { fields }]) =>
    Object.entries(fields).flatMap(([field, { file }]) =>
      file
        ? (world.stored.get(model) ?? []).flatMap((row) => {
            const kept = row[field]
            return kept !== undefined && isMembers(kept) ? [String(kept.id)] : []
          })
        : [],
    ),
  )
}
