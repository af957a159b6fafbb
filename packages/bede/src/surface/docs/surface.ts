import type { HttpAnswer } from '../http/answer/answer.ts'
import { readTag } from '../http/answer/entity-tag.ts'
import { refuseBody } from '../http/request/body.ts'
import { openApiDocument } from '../openapi/document.ts'
import type { Surface } from '../surface.ts'
import { docsPage } from './page.ts'

/** The API reference at `/docs`: made once, at the first request for it, and kept once for all who take it. */
export const docs: Surface = {
  name: 'docs',
  mount(manifest, _engine, server) {
    const { scheme = 'Bearer', problem, cookie } = server.options
    let kept: HttpAnswer | undefined
    server.route({
      method: 'GET',
      path: '/docs',
      rule: { open: 'shows what /openapi.json says' },
      answer: async ({ request }) => {
        refuseBody(request)
        kept ??= written()
        return kept
      },
    })

    function written(): HttpAnswer {
      const document = openApiDocument(manifest, {
        scheme,
        ...(cookie && { cookie: cookie.name }),
        ownProblems: problem !== undefined,
      })
      const { text, policy } = docsPage(document, scheme)
      const body = Buffer.from(text)
      const headers = {
        'Content-Type': 'text/html; charset=utf-8',
        'Cache-Control': 'public, no-cache',
        ETag: readTag(body),
      }
      return { status: 200, page: 'docs', headers, body, policy }
    }
  },
}
