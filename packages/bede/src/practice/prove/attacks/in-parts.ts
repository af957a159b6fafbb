import { createHash } from 'node:crypto'
import { join, relative } from 'node:path'
import { offsetMedia } from '../../../engine/files/uploads/append.ts'
import type { Json } from '../../../expr/value.ts'
import { anything } from '../../../toolkit/content/sniff.ts'
import type { Finding } from '../finding.ts'
import { tellingSubjects } from '../inventory/about.ts'
import { type Entry, inventoryOf } from '../inventory/inventory.ts'
import { madeUpFile, type SentFile } from '../inventory/made-up-file.ts'
import { type Draft, draft, toRequest } from '../inventory/request.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import type { Send, Target } from '../target/target.ts'
import { nobody, type Person } from '../world/person.ts'
import type { PlantedRow } from '../world/planting.ts'
import { hole } from './found.ts'
import { disguises } from './hostile-files.ts'
import type { Probe, Siege } from './probe.ts'

/** The requests of a file that is sent in parts (tus 1.0.0), and a file to send. */
interface Steps {
  readonly begin: Entry
  readonly find: Entry
  readonly append: Entry
  readonly abandon: Entry
  readonly file: SentFile
}

/** Where somebody who may begins one. */
interface Beginning {
  readonly steps: Steps
  readonly about: PlantedRow | undefined
  readonly as: Person
}

/** Of every field whose file can be sent in parts, and of which any request is asked for. */
function stepsOf({ manifest, entries }: Target): readonly Steps[] {
  const asked = new Map(entries.map((entry) => [entry.name, entry]))
  const all = inventoryOf(manifest).map((entry) => asked.get(entry.name) ?? entry)
  return all.flatMap((begin): Steps[] => {
    const { upload } = begin
    if (upload?.does !== 'begin') return []
    const { model, field } = upload
    const ofField = all.filter(({ upload: one }) => one?.model === model && one.field === field)
    const step = (does: string) => ofField.find(({ upload: one }) => one?.does === does)
    const [find, append, abandon] = [step('find'), step('append'), step('abandon')]
    const sample = entries
      .filter((entry) => (entry.file ?? entry.upload)?.model === model)
      .map(({ samples }) => samples[field])
      .find((one) => one !== undefined)
    const file = sample ?? madeUpFile(field, upload.rules)
    if (!find || !append || !abandon || !file || !ofField.some(({ name }) => asked.has(name))) return []
    return [{ begin, find, append, abandon, file }]
  })
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** The request that begins to send so many bytes under a name. */
function beginning({ steps, about }: Beginning, target: Target, bytes: number, name: string): Draft | undefined {
  const said: Readonly<Record<string, Json>> = {
    length: String(bytes),
    metadata: `filename ${base64(name)},filetype ${base64(steps.file.type)}`,
  }
  return draft(steps.begin, target.world, {
    about,
    fill: ({ path: [name = ''] }) => (said[name] === undefined ? undefined : { value: said[name] }),
  })
}

interface Begun {
  readonly id: Json
  readonly upload: string
}

/** What was begun; undefined: it was refused. */
function begunBy({ status, headers, draft }: Exchange): Begun | undefined {
  const upload = headers.get('location')?.split('/').at(-1)
  return status === 201 && upload !== undefined ? { id: draft.input.id ?? null, upload } : undefined
}

const asks = (entry: Entry, { id, upload }: Begun): Draft => toRequest(entry, { id, upload })

function sends(entry: Entry, { id, upload }: Begun, offset: number, bytes: Uint8Array): Draft {
  const checksum = `sha1 ${createHash('sha1').update(bytes).digest('base64')}`
  const request = toRequest(entry, { id, upload, offset: String(offset), checksum })
  return { ...request, files: [{ field: '', name: 'part', type: offsetMedia, bytes }] }
}

/**
 * Begins one, asks how far it is, sends it in two halves, begins another and gives it up. `between`: what others do
 * meanwhile. Every exchange; only the first where it is refused.
 */
async function sentInParts(
  where: Beginning,
  target: Target,
  send: Send,
  between: (begun: Begun) => Promise<void> = async () => {},
): Promise<readonly Exchange[]> {
  const { steps, as } = where
  const { find, append, abandon, file } = steps
  const request = beginning(where, target, file.bytes.length, file.name)
  if (!request) return []
  const all = [await send(request, as)]
  const begun = all[0] && begunBy(all[0])
  if (!begun) return all
  const half = Math.ceil(file.bytes.length / 2)
  all.push(await send(asks(find, begun), as))
  await between(begun)
  all.push(await send(sends(append, begun, 0, file.bytes.subarray(0, half)), as))
  all.push(await send(asks(find, begun), as))
  all.push(await send(sends(append, begun, half, file.bytes.subarray(half)), as))
  const another = await send(request, as)
  all.push(another)
  const left = begunBy(another)
  if (left) all.push(await send(asks(abandon, left), as), await send(asks(find, left), as))
  return all
}

/** Everybody about everything, until somebody may. */
function* beginnings(target: Target, steps: Steps): Generator<Beginning> {
  const people = [...target.world.people].sort((one, other) => Number(one === nobody) - Number(other === nobody))
  for (const as of people) for (const about of tellingSubjects(steps.begin, target, as)) yield { steps, about, as }
}

/** Sends a file in parts for every field, as somebody who may. `heard`: told of all that is answered on the way. */
export async function sendInParts(target: Target, only: Entry, heard: (exchange: Exchange) => void): Promise<void> {
  const { upload } = only
  for (const steps of stepsOf(target)) {
    if (steps.begin.upload?.model !== upload?.model || steps.begin.upload?.field !== upload?.field) continue
    for (const where of beginnings(target, steps)) {
      const all = await target.together(({ send }) => sentInParts(where, target, send))
      for (const exchange of all) if (exchange.draft.entry.name === only.name) heard(exchange)
      if (all.length > 1) break
    }
  }
}

/** Who has begun to send a file goes on with it, and nobody else; what it is and may be is asked as of any other file. */
export const inParts: Probe = {
  name: 'files are sent in parts, others go on with them, and lies are told of their lengths, names and types',
  classes: [15, 34, 109, 111, 115],
  applies: (entries) => entries.some(({ upload }) => upload) || 'no file can be sent in parts',
  async run(siege) {
    const { target } = siege
    const found: Finding[] = []
    for (const steps of stepsOf(target)) {
      for (const where of beginnings(target, steps)) {
        const all = await target.together(({ send }) =>
          sentInParts(
            where,
            target,
            send,
            async (begun) => void found.push(...(await others(where, target, begun, send))),
          ),
        )
        if (all.length <= 1) continue
        found.push(...(await lies(where, siege)))
        break
      }
    }
    return found
  },
}

/** What somebody who has not signed in began, whoever knows its address goes on with. */
async function others(
  { steps, as }: Beginning,
  { world }: Target,
  begun: Begun,
  send: Send,
): Promise<readonly Finding[]> {
  if (as.account === '') return []
  const found: Finding[] = []
  for (const other of world.people.filter(({ account }) => account !== as.account)) {
    const requests = [
      asks(steps.find, begun),
      sends(steps.append, begun, 0, steps.file.bytes.subarray(0, 1)),
      asks(steps.abandon, begun),
    ]
    for (const request of requests) {
      const exchange = await send(request, other)
      if (!succeeded(exchange)) continue
      found.push(
        hole(34, exchange, {
          says: `${other.account === '' ? 'Somebody who is not signed in' : 'Another account'} goes on with what somebody else has begun to send`,
          hint: 'Say which operation it was, at the address of the project: nothing of the app decides this.',
        }),
      )
      return found
    }
  }
  return found
}

async function lies(where: Beginning, { target, lures }: Siege): Promise<readonly Finding[]> {
  const { steps, as } = where
  const { upload } = steps.begin
  const { file } = steps
  const found: Finding[] = []
  /** The last answer to all of it; undefined: it was not even begun. */
  const whole = (bytes: Uint8Array, said: number, name = file.name): Promise<Exchange | undefined> =>
    target.together(async ({ send }) => {
      const request = beginning(where, target, said, name)
      const begun = request && begunBy(await send(request, as))
      return begun && send(sends(steps.append, begun, 0, bytes), as)
    })
  for (const { what, is, bytes } of disguises) {
    if (upload?.rules.types.some((type) => type === is || type === anything)) continue
    const exchange = await whole(bytes, bytes.length)
    if (exchange && succeeded(exchange))
      found.push(
        hole(115, exchange, {
          says: `It takes ${what} under the name and the type of another file`,
          hint: 'Let the bytes decide what a file is: name its types in file(…).',
        }),
      )
  }
  const longer = await whole(Buffer.concat([file.bytes, Buffer.from('x')]), file.bytes.length)
  const max = upload?.rules.max ?? 0
  const tooLong = await whole(file.bytes.subarray(0, 1), max + 1)
  for (const exchange of [longer, tooLong])
    if (exchange && succeeded(exchange))
      found.push(
        hole(109, exchange, {
          says: 'It takes more of a file than was said, or more than may be',
          hint: 'Say how long a file may be, in file(…).',
        }),
      )
  lures.traces()
  const out = `${'../'.repeat(16)}${relative('/', lures.folder)}/uploaded`
  for (const name of [out, join(lures.folder, 'uploaded'), out.replaceAll('/', '\\')]) {
    const exchange = await whole(file.bytes, file.bytes.length, name)
    if (exchange && lures.traces().length > 0)
      found.push(
        hole(111, exchange, {
          says: 'A file is written outside of the app: the name that it was sent under leads there',
          hint: 'Store files under names of your own; the name of an upload is for people to read.',
        }),
      )
  }
  return found
}
