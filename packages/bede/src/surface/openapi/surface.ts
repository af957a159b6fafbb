import { jsonAnswer } from '../http/answer.ts'
import { refuseBody } from '../http/body.ts'
import type { Surface } from '../surface.ts'
import { openApiDocument } from './document.ts'

/** The OpenAPI document at `/openapi.json`: written once, at the first request for it. */
export const openapi: Surface = {
  name: 'openapi',
  mount(manifest, _engine, server) {
    const { scheme, problem, cookie } = server.options
    let text: string | undefined
    server.route({
      method: 'GET',
      path: '/openapi.json',
      rule: { open: 'says what can be called, which is no secret: what may be called is decided by the call' },
      answer: async ({ request }) => {
        refuseBody(request)
        text ??= JSON.stringify(
          openApiDocument(manifest, {
            ...(scheme === undefined ? {} : { scheme }),
            ...(cookie && { cookie: cookie.name }),
            ownProblems: problem !== undefined,
          }),
        )
        return jsonAnswer(200, text, { 'Cache-Control': 'public, no-cache' })
      },
    })
  },
}
