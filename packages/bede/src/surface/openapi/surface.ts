import { type HttpAnswer, jsonAnswer } from '../http/answer/answer.ts'
import { readTag } from '../http/answer/entity-tag.ts'
import { refuseBody } from '../http/request/body.ts'
import type { Surface } from '../surface.ts'
import { openApiDocument } from './document.ts'

/** The OpenAPI document at `/openapi.json`: written once, at the first request for it, and kept once for all who take it. */
export const openapi: Surface = {
  name: 'openapi',
  mount(manifest, _engine, server) {
    const { scheme, problem, cookie } = server.options
    let kept: HttpAnswer | undefined
    server.route({
      method: 'GET',
      path: '/openapi.json',
      rule: { open: 'says what can be called, which is no secret: what may be called is decided by the call' },
      answer: async ({ request }) => {
        refuseBody(request)
        kept ??= written()
        return kept
      },
    })

    function written(): HttpAnswer {
      const document = openApiDocument(manifest, {
        ...(scheme === undefined ? {} : { scheme }),
        ...(cookie && { cookie: cookie.name }),
        ownProblems: problem !== undefined,
      })
      const bytes = Buffer.from(JSON.stringify(document))
      return jsonAnswer(200, bytes, { 'Cache-Control': 'public, no-cache', ETag: readTag(bytes) })
    }
  },
}
