import { answer, array, csv, html, integer, object, ref, sendFile, stream, text } from 'bede'
import { Documents, route } from '../models/index.ts'
import { documentView, wholeView } from '../services/documents.ts'
import { firstPage, textOf } from '../services/text-of.ts'

/** Pixels of the longer side of a small picture. */
const side = 240
/** As many of somebody's documents as one answer shows. */
const most = 100
const documentShape = { id: ref('document'), title: text(), type: text(), size: integer() }

export const addDocument = route('POST /documents', {
  summary: 'Keeps the text of a document',
  files: { document: { type: ['application/pdf', 'text/plain', 'text/markdown', 'text/csv'], max: '5mb' } },
  body: { title: text({ min: 1, max: 200, optional: true }) },
  responses: { 201: { output: documentShape, description: 'The document is kept.' } },
  run: async ({ uploads: { document }, body, db, exec }) => {
    const { name, type, size } = document
    const title = body.title ?? name?.slice(0, 200) ?? 'Untitled'
    const found = await textOf(document, exec)
    const { id } = await db.create(Documents, { title, source: 'upload', type, size, body: found })
    return answer({ status: 201, body: { id, title, type, size } })
  },
})

export const thumbnail = route('POST /thumbnails', {
  summary: 'A picture, or the first page of a PDF, as a small picture',
  files: {
    document: { type: ['application/pdf', 'image/png', 'image/jpeg', 'image/webp'], max: '5mb', pixels: 25_000_000 },
  },
  produces: 'image/png',
  run: async ({ uploads: { document }, exec, image }) => {
    if (document.type === 'application/pdf') return sendFile(await firstPage(document, exec))
    // What a stranger sent is never shown: only its pixels, without the place and the camera they came from.
    const small = await image.convert(await document.bytes(), { format: 'png', width: side, height: side })
    return sendFile(small.bytes)
  },
})

export const measurePictures = route('POST /pictures/measured', {
  summary: 'How large pictures are, by their headers alone',
  files: { pictures: { type: ['image/png', 'image/jpeg', 'image/webp'], max: '5mb', pixels: 25_000_000, many: 10 } },
  output: array(object({ name: text({ nullable: true }), type: text(), width: integer(), height: integer() })),
  run: ({ uploads }) =>
    uploads.pictures.map(({ name, type, dimensions }) => ({
      name,
      type,
      width: dimensions?.width ?? 0,
      height: dimensions?.height ?? 0,
    })),
})

export const documentPage = route('GET /documents/:id/page', {
  summary: 'A document as a page',
  params: { id: ref('document') },
  produces: 'text/html',
  run: async ({ params, db }) => {
    const found = await db.run(wholeView.one((row) => row.id.eq(params.id)))
    return html`<!doctype html>
<html lang="en">
  <title>${found.title}</title>
  <h1>${found.title}</h1>
  <pre>${found.body}</pre>
</html>`
  },
})

export const documentTable = route('GET /documents.csv', {
  summary: 'All documents as a table, for a spreadsheet',
  produces: 'text/csv; charset=utf-8',
  run: async ({ db }) => {
    const rows = await db.run(documentView.list({ order: (row) => row.createdAt.desc(), limit: most }))
    return stream(csv.write(rows, { columns: ['title', 'source', 'type', 'size', 'createdAt'] }))
  },
})
