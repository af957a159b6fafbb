import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { noBrowser, testBrowser } from '../support/browser.ts'
import { testStores } from '../support/stores.ts'
import { type OpenHouse, openHouse, password } from './support/house.ts'

const opened = testBrowser()

/**
 * A page of somebody else's, on another port of this host: the same site, another origin. Its form sends what is JSON if
 * nobody looks at its type.
 */
async function anotherOrigin(target: string): Promise<{ readonly base: string; readonly server: Server }> {
  const form = `<form method="post" enctype="text/plain" action="${target}"><input name='{"title":"forged","x":"' value='"}'><button>win</button></form>`
  const server = createServer((_, response) =>
    response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>evil</title>${form}`),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { base: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, server }
}

for (const store of await testStores())
  describe(`a browser with a session, on ${store.name}`, { skip: store.skip || noBrowser }, () => {
    let house: OpenHouse
    let evil: Awaited<ReturnType<typeof anotherOrigin>>
    before(async () => {
      house = await openHouse(store, { development: true })
      evil = await anotherOrigin(`${house.base}/notes`)
    })
    after(async () => {
      evil?.server.close()
      await house?.close()
    })

    interface Asked {
      readonly method?: string
      readonly json?: unknown
      readonly base?: string
    }
    /** What a script of a page is answered. */
    const fetched = (page: Page, path: string, { method = 'GET', json, base = '' }: Asked = {}) =>
      page.evaluate(
        async ([url, init]) => {
          const answer = await fetch(url, init)
          const text = await answer.text()
          return { status: answer.status, json: text === '' ? null : JSON.parse(text) }
        },
        [
          `${base}${path}`,
          {
            method,
            credentials: 'include' as const,
            ...(json === undefined
              ? {}
              : { body: JSON.stringify(json), headers: { 'Content-Type': 'application/json' } }),
          },
        ] as const,
      )
    async function visitor(name: string): Promise<{ context: BrowserContext; page: Page }> {
      const { email } = await house.person(name)
      const context = await (await opened()).newContext()
      // A page of the app's, as whatever stands before it would serve one.
      const body = '<!doctype html><title>house</title>'
      await context.route(`${house.base}/app`, (route) => route.fulfill({ contentType: 'text/html', body }))
      const page = await context.newPage()
      await page.goto(`${house.base}/app`)
      const json = { email, password, session: 'cookie' }
      const entered = await fetched(page, '/auth/sign-in', { method: 'POST', json })
      assert.equal(entered.status, 200)
      assert.deepEqual(Object.keys(entered.json), ['expiresAt'])
      return { context, page }
    }
    const notes = async (title: string) => (await house.rows(`select 1 from note where title = '${title}'`)).length

    test('signs in, stays who it is from page to page, writes, and signs out', async () => {
      const { context, page } = await visitor('ada')
      assert.equal(await page.evaluate('document.cookie'), '', 'no script sees it')
      const [cookie] = await context.cookies()
      assert.deepEqual(
        [cookie?.name, cookie?.httpOnly, cookie?.sameSite, cookie?.path, cookie?.domain],
        ['The-house', true, 'Lax', '/', '127.0.0.1'],
      )
      const other = await context.newPage()
      await other.goto(`${house.base}/auth/me`)
      assert.match(await other.content(), /"name":"ada"/)
      assert.equal((await fetched(page, '/notes', { method: 'POST', json: { title: 'from a page' } })).status, 201)
      assert.equal((await fetched(page, '/notes')).json.items.length, 1)
      assert.match((await fetched(page, '/auth/sessions')).json.items[0].userAgent, /Chrome/)
      assert.equal((await fetched(page, '/auth/sign-out', { method: 'POST' })).status, 204)
      assert.deepEqual(await context.cookies(), [])
      assert.equal((await fetched(page, '/auth/me')).status, 401)
      await context.close()
    })

    test('is not used by a page of another origin, whatever it tries', async () => {
      const { context } = await visitor('bob')
      const page = await context.newPage()
      await page.goto(evil.base)
      const refusals: string[] = []
      page.on('response', (answer) => refusals.push(`${answer.request().method()} ${answer.status()}`))
      for (const mode of ['cors', 'no-cors'] as const)
        for (const [method, path] of [
          ['POST', '/notes'],
          ['POST', '/auth/sign-out'],
          ['DELETE', '/auth/sessions'],
        ] as const)
          await page.evaluate(
            async ([url, init]) => {
              await fetch(url, init).catch(() => {})
            },
            [
              `${house.base}${path}`,
              { method, mode, credentials: 'include' as const, body: '{"title":"forged"}' },
            ] as const,
          )
      await page.click('button')
      await page.waitForURL(`${house.base}/notes`)
      assert.match(await page.content(), /cross-site/)
      assert.ok(refusals.includes('POST 403'), refusals.join(', '))
      assert.equal(await notes('forged'), 0)
      const back = await context.newPage()
      await back.goto(`${house.base}/auth/me`)
      assert.match(await back.content(), /"name":"bob"/, 'still signed in')
      await context.close()
    })

    test('that has a dead cookie is told so once, and is nobody afterwards', async () => {
      const { context, page } = await visitor('carl')
      await house.rows('delete from bede.session')
      await house.rows(`select pg_notify('bede_changed', 'bede_session')`)
      while ((await fetched(page, '/auth/me')).status === 200) await page.waitForTimeout(20)
      assert.deepEqual(await context.cookies(), [])
      assert.equal((await fetched(page, '/open')).status, 200)
      await context.close()
    })
  })
