import { integer, Problem, stream } from 'bede'
import { Documents, route } from '../models/index.ts'
import { wholeView } from '../services/documents.ts'
import { plain } from '../services/text-of.ts'

const limits = { entries: 100, size: '10mb', fileSize: '1mb', ratio: 100, depth: 8 } as const
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What is text is kept, and the rest is passed over. A refused archive undoes what was kept of it. */
export const unpack = route('POST /archives', {
  summary: 'Keeps every text in an archive',
  files: { archive: { type: ['application/zip', 'application/gzip', 'application/x-tar'], max: '5mb' } },
  output: { kept: integer(), passedOver: integer() },
  run: async ({ uploads, archive, db }) => {
    let [kept, passedOver] = [0, 0]
    for await (const entry of archive.read({ path: uploads.archive.path }, limits)) {
      if (entry.folder) continue
      const text = textIn(await entry.bytes())
      if (text === undefined) passedOver += 1
      else {
        const title = entry.name.slice(-200)
        await db.create(Documents, { title, source: 'archive', type: 'text/plain', size: entry.size, body: text })
        kept += 1
      }
    }
    if (kept === 0) throw new Problem('invalid-value', { message: 'There is no text in the archive.' })
    return { kept, passedOver }
  },
})

export const pack = route('GET /documents.zip', {
  summary: 'The texts of all documents',
  produces: 'application/zip',
  run: async ({ db, archive }) => {
    const all = await db.run(wholeView.list({ order: (row) => row.createdAt.desc(), limit: 100 }))
    // Named by their ids: titles are what strangers call them.
    return stream(archive.zip(all.map(({ id, body }) => ({ name: `${id}.txt`, content: body }))))
  },
})

/** Undefined: these bytes are no text. */
function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes)
    return text.includes('\0') ? undefined : plain(text)
  } catch {
    return undefined
  }
}
