import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { smtpMail } from '../../src/adapters/smtp.ts'
import { createMailing } from '../../src/identity/mail/mailing.ts'
import type { Posted } from '../../src/identity/mail/post.ts'
import { start } from '../../src/identity/start.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { hostile } from '../adapters/mail.conformance.ts'
import { smtpServer } from '../adapters/support/smtp-server.ts'
import { testStores } from '../support/stores.ts'
import { vault } from './support/vault.ts'

/** What comes of a mail that somebody tries to make say something else, on its whole way: handed in, kept, sent over SMTP. */

const origin = 'https://app.example'
const invitation = (values: Readonly<Record<string, string>> = {}, to = 'ada@example.com'): Posted => ({
  to,
  template: 'invitation',
  values: { link: '/invitation?token=abc', organization: 'The firm', inviter: 'Eve', expires: '3600', ...values },
})

for (const { name, url, skip } of await testStores()) {
  describe(`mail, on ${name}`, { skip }, () => {
    async function begin(t: TestContext) {
      const lines: string[] = []
      const log = createLogger({ level: 'debug', write: (line) => lines.push(line) })
      const backend = await start(vault(), { database: url, mode: 'development', log })
      const mailing = createMailing(backend)
      t.after(async () => {
        await mailing.stop()
        await backend.close()
      })
      const server = await smtpServer(t)
      mailing.deliver({
        by: await smtpMail(`smtp://127.0.0.1:${server.port}`),
        from: { name: 'The app', address: 'no-reply@app.example' },
        origin,
      })
      const rows = async () =>
        JSON.stringify(await backend.connection.query({ sql: 'select * from bede.mail', params: [], shape: [] }))
      const post = (mail: Posted) => backend.connection.transaction((connection) => mailing.post.send(connection, mail))
      /** The mail, once it has arrived and nothing of it is left. */
      const arrived = async (mail: Posted) => {
        const before = server.arrived.length
        await post(mail)
        const patience = Date.now() + 30_000
        while (server.arrived.length === before || (await rows()) !== '[]') {
          assert.ok(Date.now() < patience, `it never came: ${lines.join('\n')}`)
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        return server.arrived[before] ?? assert.fail()
      }
      /** It is refused, nothing is written and nothing sent. */
      const refused = async (mail: Posted, what: string) => {
        const before = server.arrived.length
        await assert.rejects(post(mail), what)
        assert.equal(await rows(), '[]', what)
        // Whatever was wrongly taken would go before this one.
        await arrived(invitation())
        assert.equal(server.arrived.length, before + 1, what)
      }
      return { arrived, refused, server, lines }
    }

    test('class 56: every address in a mail begins with the configured origin, whatever a link is said to be', async (t) => {
      const { arrived, refused } = await begin(t)
      const { mail } = await arrived(invitation({ organization: 'evil.example', inviter: '@evil.example' }))
      const addresses = [mail.text ?? '', mail.html ?? ''].flatMap((part) => part.match(/[a-z]+:\/\/[^\s"<]+/gi) ?? [])
      assert.ok(addresses.length >= 4)
      for (const address of addresses) assert.ok(address === origin || address.startsWith(`${origin}/`), address)
      for (const link of ['https://evil.example/x', '//evil.example/x', '/\\evil.example', '@evil.example', '/x\n/y'])
        await refused(invitation({ link }), link)
      for (const organization of ['https://evil.example', 'see http://evil.example now'])
        await refused(invitation({ organization }), organization)
    })

    test('class 72: a value that is a template is shown as it is, in the subject, the text and the HTML', async (t) => {
      const { arrived } = await begin(t)
      for (const evil of [
        '{{link}}{{expires}}',
        '<%= process.mainModule.require("child_process").execSync("id") %>',
        `\${process.env.HOME}`,
        '{{constructor.constructor("return process")().exit()}}',
        '#{7*7} {% debug %} *|FNAME|* [[1]]',
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
      ]) {
        const { mail } = await arrived(invitation({ organization: evil }))
        assert.equal(mail.subject, `Eve invites you to ${evil}`)
        assert.ok(mail.text?.includes(`join ${evil} on`), evil)
        assert.doesNotMatch(mail.html ?? '', /<script|<img|onerror=a/)
        assert.equal(mail.text?.match(/token=abc/g)?.length, 1)
      }
    })

    test('class 78: no value and no address makes a second recipient, a header or a command', async (t) => {
      const { arrived, refused, server } = await begin(t)
      for (const [what, { to }] of hostile) if (to !== undefined) await refused(invitation({}, to), what)
      for (const line of ['a\r\nBcc: eve@example.com', 'a\nb', 'a\rb', 'a\0b', 'a\u2028b', 'a\u0085b', '\ud800'])
        for (const value of ['organization', 'inviter'])
          await refused(invitation({ [value]: line }), JSON.stringify(line))
      const tricky = 'Bcc: eve@example.com, "x" <eve@example.com>; =?utf-8?q?=0D=0ABcc:_eve@example.com?='
      const { mail, raw } = await arrived(invitation({ organization: tricky, inviter: '.' }))
      assert.equal(mail.subject, `. invites you to ${tricky}`)
      assert.doesNotMatch(raw, /^bcc:/im)
      assert.ok(
        server.arrived.every(({ to, from }) => to.join() === 'ada@example.com' && from === 'no-reply@app.example'),
      )
    })

    test('class 127: a hundred kilobytes of brackets, commas and signs are refused as an address and as a value', async (t) => {
      const { refused } = await begin(t)
      const long = 100_000
      for (const evil of [
        '<'.repeat(long),
        `${'"'.repeat(long)}@example.com`,
        `${'('.repeat(long)}ada@example.com`,
        'ada@example.com,'.repeat(long / 16),
        'a@'.repeat(long / 2),
        `a@${'a.'.repeat(long / 2)}`,
        `${'a.'.repeat(long / 2)}@example.com`,
        '{{'.repeat(long / 2),
      ]) {
        await refused(invitation({}, evil), evil.slice(0, 20))
        await refused(invitation({ organization: evil }), evil.slice(0, 20))
      }
    })

    test('class 11: a link is in no line of the log and in no row once it was sent', async (t) => {
      const { arrived, lines } = await begin(t)
      await arrived(invitation({ link: '/invitation?token=canary-of-the-link' }))
      assert.doesNotMatch(lines.join('\n'), /canary-of-the-link|ada@example/)
    })
  })
}
