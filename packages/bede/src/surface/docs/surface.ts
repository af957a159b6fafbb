import { refuseBody } from '../http/body.ts'
import { openApiDocument } from '../openapi/document.ts'
import type { Surface } from '../surface.ts'
import { docsPage } from './page.ts'

/** The API reference at `/docs`: made once, at the first request for it. */
export const docs: Surface = {
  name: 'docs',
  mount(manifest, _engine, server) {
    const { scheme = 'Bearer', problem, cookie } = server.options
    let page: ReturnType<typeof docsPage> | undefined
    server.route({
      method: 'GET',
      path: '/docs',
      rule: { open: 'shows what /openapi.json says' },
      answer: async ({ request }) => {
        refuseBody(request)
        page ??= docsPage(
          openApiDocument(manifest, {
            scheme,
            ...(cookie && { cookie: cookie.name }),
            ownProblems: problem !== undefined,
          }),
          scheme,
        )
        const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'public, no-cache' }
        return { status: 200, page: 'docs', headers, body: page.text, policy: page.policy }
      },
    })
  },
}
