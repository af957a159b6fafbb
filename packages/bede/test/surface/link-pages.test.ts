import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { emailOf, guildOnBothStores, password, test, tokenIn } from '../identity/support/guild.ts'
import { noBrowser, testBrowser } from '../support/browser.ts'
import type { WaitingMail } from '../support/mails.ts'

const other = 'another battery, another horse'
const everything = {
  verifyEmail: true,
  changeEmail: true,
  password: { reset: true },
  magicLink: true,
  sessions: { cookie: true },
}
const paths = ['/auth/email/verify', '/auth/password/reset', '/auth/email/change/confirm', '/auth/magic/redeem']

const opened = testBrowser()

await guildOnBothStores('pages that links lead to', everything, (guild) => {
  /** Opens a link of a mail as its reader does. */
  async function visit(letter: WaitingMail, page?: Page): Promise<Page> {
    const at = page ?? (await (await (await opened()).newContext()).newPage())
    const refused: string[] = []
    at.on('console', (message) => message.type() === 'error' && refused.push(message.text()))
    await at.goto(`${guild().origin}${letter.values.link}`)
    assert.doesNotMatch(refused.join('\n'), /Content Security Policy/)
    await at.waitForURL((url) => url.hash === '') // the token is out of the address bar
    return at
  }
  const says = (page: Page, text: RegExp) => page.locator('output', { hasText: text }).waitFor({ timeout: 10_000 })

  test('are the same for everybody, run their own script alone, and redeem nothing by being fetched', async () => {
    const { ask, join, mail, post } = guild()
    await join('scanned')
    const letter = await mail(emailOf('scanned'))
    for (const path of paths) {
      const { status, headers, text } = await ask('GET', path)
      assert.equal(status, 200)
      assert.match(headers.get('content-type') ?? '', /^text\/html/)
      const policy = headers.get('content-security-policy') ?? ''
      const script = /<script>([\s\S]*)<\/script>/.exec(text)?.[1] ?? ''
      assert.ok(policy.includes(`script-src 'sha256-${hash('sha256', script, 'base64')}';`), policy)
      assert.match(policy, /^default-src 'none'; .*connect-src 'self'.*frame-ancestors 'none'$/)
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal((await ask('GET', `${path}?token=${tokenIn(letter)}`)).text, text)
      assert.equal((await ask('HEAD', path)).status, 200)
    }
    assert.equal((await post('/auth/email/verify', { token: tokenIn(letter) })).status, 204, 'good still')
  })

  test('confirm an address, and say when a link is nothing', { skip: noBrowser }, async () => {
    const { join, mail, ask } = guild()
    const session = await join('ada')
    const letter = await mail(emailOf('ada'))
    const page = await visit(letter)
    assert.equal((await ask('GET', '/auth/email', { token: session })).json.verified, false, 'not by being opened')
    await page.click('button')
    await says(page, /address is confirmed/)
    assert.equal((await ask('GET', '/auth/email', { token: session })).json.verified, true)
    const again = await visit(letter)
    await again.click('button')
    await says(again, /not valid/)
    await again.goto(`${guild().origin}/auth/email/verify`)
    await says(again, /not complete/)
  })

  test('take a new password', { skip: noBrowser }, async () => {
    const { join, mails, mail, post } = guild()
    await join('bob')
    await mails(emailOf('bob'))
    await post('/auth/password/forgot', { email: emailOf('bob') })
    const page = await visit(await mail(emailOf('bob')))
    await page.fill('input', 'qwertyuiop')
    await page.click('button')
    await says(page, /tried first/)
    await page.fill('input', other)
    await page.click('button')
    await says(page, /is changed/)
    assert.equal((await post('/auth/sign-in', { email: emailOf('bob'), password: other })).status, 200)
  })

  test('confirm a move, and call it off', { skip: noBrowser }, async () => {
    const { join, mails, mail, post } = guild()
    const session = await join('cleo')
    await mails(emailOf('cleo'))
    const move = async (email: string) => {
      await post('/auth/email/change', { email, password }, { token: session })
      return { old: await mail(emailOf('cleo')), fresh: await mail(email) }
    }
    const first = await move('first@elsewhere.example')
    const old = await visit(first.old)
    await old.click('button[data-path]')
    await says(old, /called off/)
    const second = await move('second@elsewhere.example')
    const [one, two] = [await visit(second.fresh), await visit(second.old)]
    await one.click('button')
    await says(one, /when the other/)
    await two.click('button')
    await says(two, /has moved/)
    assert.equal((await post('/auth/sign-in', { email: 'second@elsewhere.example', password })).status, 200)
  })

  test('sign in the browser that asked, and no other', { skip: noBrowser }, async () => {
    const { join, mails, mail, origin } = guild()
    await join('dora')
    await mails(emailOf('dora'))
    const context = await (await opened()).newContext()
    const page = await context.newPage()
    await page.goto(`${origin}/auth/magic/redeem`)
    await page.evaluate(
      (email) =>
        fetch('/auth/magic', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ email }),
        }).then((answer) => answer.status),
      emailOf('dora'),
    )
    const letter = await mail(emailOf('dora'))
    const stranger = await visit(letter)
    await stranger.click('button')
    await says(stranger, /not valid/)
    await visit(letter, page)
    await page.click('button')
    await says(page, /You are signed in/)
    assert.equal(await page.getAttribute('output a', 'href'), '/')
    const me = await page.goto(`${origin}/auth/me`)
    assert.equal(JSON.parse((await me?.text()) ?? '').name, 'dora')
    assert.ok((await context.cookies()).every(({ httpOnly }) => httpOnly))
  })
})

await guildOnBothStores('pages of the app’s own', { ...everything, pages: { reset: '/new-password' } }, (guild) => {
  test('take the place of Bede’s', async () => {
    const { ask, join, mails, mail, post } = guild()
    await join('ada')
    await mails(emailOf('ada'))
    await post('/auth/password/forgot', { email: emailOf('ada') })
    assert.match((await mail(emailOf('ada'))).values.link ?? '', /^\/new-password#token=/)
    assert.equal((await ask('GET', '/auth/password/reset')).status, 405)
    assert.equal((await ask('GET', '/auth/email/verify')).status, 200)
  })
})
