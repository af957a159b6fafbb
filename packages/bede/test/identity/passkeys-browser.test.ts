import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { start } from '../../src/identity/start.ts'
import { type ActorOf, anyone, app, defineSchema, email, id, model, ref, resources, secret } from '../../src/index.ts'
import { createHttpServer } from '../../src/surface/http/server.ts'
import { rest } from '../../src/surface/rest/rest.ts'
import { noBrowser, testBrowser } from '../support/browser.ts'
import { testStores } from '../support/stores.ts'

/** The script of the how-to, as it stands there: what people copy is what runs here. */
const howTo = readFileSync(new URL('../../../../docs/how-to/passkeys.md', import.meta.url), 'utf8')
const [, script = ''] = /```js\n([\s\S]*?)```/.exec(howTo) ?? []
const page = `<!doctype html><title>Passkeys</title><script type="module">${script}
Object.assign(window, { post, addPasskey, signIn })</script>`

function notes() {
  const user = model({ id: id<'user'>(), email: email({ unique: true }), password: secret({ private: true }) })
  const models = defineSchema({ user })
  const actor = { id: ref('user') }
  const { user: Users } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
  const userPolicy = Users.policy(() => ({ read: anyone }))
  const identity = Users.identity({ passkeys: { rpName: 'Notes' }, sessions: { cookie: true } })
  return app({ name: 'notes', schema: models, use: { users: { userPolicy, identity } } })
}

const opened = testBrowser()

for (const store of await testStores()) {
  test(`${store.name}: a page signs up, adds a passkey, signs out and signs in with it`, {
    skip: store.skip || noBrowser,
  }, async () => {
    let origin = ''
    const secrets = { current: randomBytes(32).toString('base64url') }
    const backend = await start(notes(), {
      database: store.url,
      mode: 'production',
      secrets,
      mail: 'elsewhere',
      origin: () => origin,
    })
    const { manifest, engine, authenticate, cookie } = backend
    const server = createHttpServer({ name: 'notes', port: 0, authenticate, ...(cookie && { cookie }) })
    after(async () => {
      await server.close()
      await backend.close()
    })
    rest.mount(manifest, engine, server)
    const policy = "default-src 'none'; script-src 'unsafe-inline'; connect-src 'self'"
    server.route({
      method: 'GET',
      path: '/page',
      rule: { open: 'a page of the test' },
      answer: async () => ({
        status: 200,
        page: 'docs',
        headers: { 'Content-Type': 'text/html; charset=utf-8' },
        body: page,
        policy,
      }),
    })
    const { port } = await server.listen()
    // The backend is told its address, and people use the name: browsers make no passkeys for addresses.
    origin = `http://127.0.0.1:${port}`

    const context = await (await opened()).newContext()
    const tab = await context.newPage()
    const device = await authenticator(tab)
    await tab.goto(`http://localhost:${port}/page`)
    const account = { email: 'ada@example.com', password: 'a horse of four batteries' }
    /** Runs in the page, where the functions of the how-to are. */
    const inPage = (script: string): Promise<unknown> => tab.evaluate(`(async () => { ${script} })()`)
    const names = await inPage(`
      const { token } = await post('/auth/register', ${JSON.stringify(account)})
      await addPasskey(token, 'Laptop')
      const answer = await fetch('/auth/passkeys', { headers: { authorization: 'Bearer ' + token } })
      await post('/auth/sign-out', undefined, token)
      return (await answer.json()).items.map(({ name }) => name)`)
    assert.deepEqual(names, ['Laptop'])
    const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId: device.id })
    assert.deepEqual(
      credentials.map(({ rpId, isResidentCredential }) => [rpId, isResidentCredential]),
      [['localhost', true]],
    )
    const me = await inPage(`
      const { token } = await signIn()
      const answer = await fetch('/auth/me', { headers: { authorization: 'Bearer ' + token } })
      return (await answer.json()).email`)
    assert.equal(me, account.email)
    const inCookie = await inPage(`
      const { options } = await post('/auth/passkeys/sign-in/options')
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
      const passkey = await navigator.credentials.get({ publicKey })
      const said = await post('/auth/passkeys/sign-in', { passkey: passkey.toJSON(), session: 'cookie' })
      return [Object.keys(said), (await (await fetch('/auth/me')).json()).email, document.cookie]`)
    assert.deepEqual(inCookie, [['expiresAt'], account.email, ''], 'the session is where no script reads it')
    await context.close()
  })
}

/** The browser's own authenticator in software, with its owner's finger on it. */
async function authenticator(tab: Page) {
  const session = await tab.context().newCDPSession(tab)
  await session.send('WebAuthn.enable')
  const { authenticatorId: id } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { id, send: session.send.bind(session) }
}
