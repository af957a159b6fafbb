import { Readable } from 'node:stream'
import { array, bool, decimal, evaluate, integer, object, Problem, pattern, ref, text, url } from 'bede'
import { Documents, route } from '../models/index.ts'
import { wholeView } from '../services/documents.ts'
import { plain } from '../services/text-of.ts'

export const search = route('GET /search', {
  summary: 'Lines of the documents that match a pattern',
  query: {
    pattern: text({ min: 1, max: 1000 }),
    anyCase: bool({ default: false }),
    limit: integer({ min: 1, max: 200, default: 50 }),
  },
  output: array(object({ documentId: ref('document'), line: integer(), text: text() })),
  run: async ({ query, db, signal }) => {
    const wanted = pattern(query.pattern, { flags: query.anyCase ? 'i' : '', place: '/query/pattern' })
    const found: { documentId: (typeof all)[number]['id']; line: number; text: string }[] = []
    const all = await db.run(wholeView.list({ order: (row) => row.createdAt.desc(), limit: 100 }))
    for (const { id, body } of all) {
      const left = query.limit - found.length
      if (left <= 0) break
      for await (const { line, text } of wanted.lines(Readable.from([body]), { limit: left, signal }))
        found.push({ documentId: id, line, text: text.slice(0, 500) })
    }
    return found
  },
})

export const calculate = route('POST /calculations', {
  summary: 'Works out a formula',
  body: {
    formula: text({ min: 1, max: 1000 }),
    values: array(object({ name: text({ max: 40, pattern: /^[a-z][a-zA-Z0-9]*$/ }), value: decimal() }), {
      max: 50,
      default: [],
    }),
  },
  output: { result: text() },
  run: ({ body }) => ({
    result: evaluate(body.formula, {
      variables: Object.fromEntries(body.values.map(({ name, value }) => [name, value])),
      place: '/body/formula',
    }),
  }),
})

export const fetchPage = route('POST /fetched', {
  summary: 'Keeps the text at an address of the Internet',
  body: { address: url({ max: 2000 }) },
  status: 201,
  output: { id: ref('document'), title: text(), size: integer() },
  run: async ({ body, http, db }) => {
    const page = await http.public.get(body.address, { timeout: '10s', max: '1mb' })
    const type = page.headers.get('content-type')?.split(';', 1)[0]?.trim() ?? ''
    if (!page.ok || !/^text\/[\w.+-]{1,80}$/.test(type))
      throw new Problem('invalid-value', {
        message: 'There is no text at that address.',
        details: [{ place: '/body/address', code: 'invalid-value', message: 'There is no text at that address' }],
      })
    const title = new URL(page.url).hostname.slice(0, 200)
    const size = page.bytes().byteLength
    const { id } = await db.create(Documents, { title, source: 'web', type, size, body: plain(page.text()) })
    return { id, title, size }
  },
})
