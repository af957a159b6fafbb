import assert from 'node:assert/strict'
import { smtpMail } from '../../src/adapters/smtp.ts'
import { start } from '../../src/identity/start.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { hostile } from '../adapters/mail.conformance.ts'
import { type Arrived, smtpServer, type TestSmtp } from '../adapters/support/smtp-server.ts'
import { firm } from './support/firm.ts'
import { onStores, type Served, serveApp, test } from './support/siege.ts'

/** What comes of a mail that somebody tries to make say something else: asked for over HTTP, sent over SMTP. */

const origin = 'https://app.example'

interface MailSiege extends Served {
  readonly server: Served['server']
  readonly peer: TestSmtp
  /** Ada acts in a new organization of this name from now on. */
  found(name: string): Promise<void>
  /** The mail that comes of it, once nothing of it is left. */
  arrived(work: () => Promise<void>): Promise<Arrived>
  invite(to: string): Promise<void>
}

await onStores(
  'mail',
  async (store): Promise<MailSiege> => {
    const peer = await smtpServer({ after: () => {} })
    const by = await smtpMail(`smtp://127.0.0.1:${peer.port}`)
    const from = { name: 'The app', address: 'no-reply@app.example' }
    const served = await serveApp(firm(), store, { mail: { by, from, origin } })
    const { ask, rows } = served
    /** How many may be sent is tried elsewhere. */
    const again = () => rows('delete from bede.allowance')
    return {
      ...served,
      raw: async (bytes) => again().then(() => served.raw(bytes)),
      refused: async (...asked) => again().then(() => served.refused(...asked)),
      peer,
      async found(name) {
        const made = await ask('POST', '/auth/organizations', { as: 'ada', json: { name } })
        assert.ok(made.status < 300, made.text)
      },
      async invite(email) {
        const asked = { as: 'ada', json: { email, role: 'member' } } as const
        await again()
        const answer = await ask('POST', '/auth/organizations/invitations', asked)
        assert.equal(answer.status, 202, answer.text)
      },
      async arrived(work) {
        const before = peer.arrived.length
        await work()
        const patience = Date.now() + 30_000
        while (peer.arrived.length === before || (await rows('select 1 from bede.mail')).length > 0) {
          assert.ok(Date.now() < patience, served.lines.slice(-5).join('\n'))
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        return peer.arrived[before] ?? assert.fail()
      },
      async close() {
        await served.close()
        await peer.close()
      },
    }
  },
  (siege) => {
    const inviting = '/auth/organizations/invitations'

    test('class 56: links begin with the configured origin, whatever host a request names', async () => {
      const { found, arrived, raw, tokens, port } = siege()
      await found('The firm')
      const body = JSON.stringify({ email: 'new@example.com', role: 'member' })
      const send = async (target: string, ...headers: readonly string[]) => {
        const lines = [
          `POST ${target} HTTP/1.1`,
          ...(headers.some((line) => line.startsWith('Host:')) ? [] : [`Host: 127.0.0.1:${port}`]),
          ...headers,
          `Authorization: Bearer ${tokens.ada}`,
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
          'Connection: close',
        ]
        assert.match(await raw(`${lines.join('\r\n')}\r\n\r\n${body}`), /^HTTP\/1\.1 202/, headers.join())
      }
      for (const work of [
        () => send(inviting, 'Host: evil.example'),
        () => send(inviting, 'Host: app.example.evil.example:443'),
        () => send(inviting, 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: http', 'X-Forwarded-Port: 8080'),
        () => send(inviting, 'Forwarded: host=evil.example;proto=http', 'X-Original-Host: evil.example'),
        () => send(inviting, 'Origin: https://evil.example', 'Referer: https://evil.example/x'),
        () =>
          send(
            inviting,
            'X-Host: evil.example',
            'X-Original-URL: //evil.example/',
            'X-Forwarded-Prefix: //evil.example',
          ),
        () => send(`http://evil.example${inviting}`),
      ]) {
        const { mail, to } = await arrived(work)
        assert.deepEqual(to, ['new@example.com'])
        const said = `${mail.text} ${mail.html} ${JSON.stringify(mail.headers)}`
        assert.doesNotMatch(said, /evil/)
        const addresses = said.match(/\b[a-z]+:\/\/[^\s"<\\]+/gi) ?? []
        assert.ok(addresses.length >= 4)
        for (const address of addresses) assert.ok(address === origin || address.startsWith(`${origin}/`), address)
      }
    })

    test('class 56: a name that is an address makes no link', async () => {
      const { found, refused } = siege()
      for (const name of ['https://evil.example', 'see http://evil.example now', '//x://evil.example']) {
        await found(name)
        await refused(422, 'POST', inviting, { as: 'ada', json: { email: 'new@example.com', role: 'member' } })
      }
    })

    test('class 72: a name that is a template is shown as it is, in the subject, the text and the HTML', async () => {
      const { found, invite, arrived } = siege()
      for (const evil of [
        '{{link}}{{expires}}',
        '<%= process.mainModule.require("child_process").execSync("id") %>',
        `\${process.env.HOME}`,
        '{{constructor.constructor("return process")().exit()}}',
        '#{7*7} {% debug %} *|FNAME|* [[1]]',
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
      ]) {
        await found(evil)
        const { mail } = await arrived(() => invite('new@example.com'))
        assert.ok(mail.subject?.endsWith(` invites you to ${evil}`), mail.subject)
        assert.ok(mail.text?.includes(`join ${evil} on`), evil)
        assert.doesNotMatch(mail.html ?? '', /<script|<img|onerror=a/)
        assert.equal(mail.text?.match(/token=/g)?.length, 1)
      }
    })

    test('class 78: an address makes no second recipient, no header and no command', async () => {
      const { found, invite, arrived, refused, peer } = siege()
      await found('The firm')
      const before = peer.arrived.length
      for (const [what, { to: email }] of hostile)
        if (email !== undefined)
          assert.ok(await refused([400, 422], 'POST', inviting, { as: 'ada', json: { email, role: 'member' } }), what)
      for (const email of [['a@example.com', 'b@example.com'], { address: 'a@example.com' }, null, 7])
        await refused(400, 'POST', inviting, { as: 'ada', json: { email, role: 'member' } })
      await arrived(() => invite('new@example.com'))
      assert.equal(peer.arrived.length, before + 1)
    })

    test('class 78: a name makes no second recipient, no header and no command', async () => {
      const { found, invite, arrived, refused, peer } = siege()
      for (const line of ['a\r\nBcc: eve@example.com', 'a\nb', 'a\rb', 'a\u2028b', 'a\u0085b', 'a\u202eb']) {
        await found(line)
        await refused(422, 'POST', inviting, { as: 'ada', json: { email: 'new@example.com', role: 'member' } })
      }
      const tricky = 'Bcc: eve@example.com, "x" <eve@example.com>; =?utf-8?q?=0D=0ABcc:_eve@example.com?='
      for (const name of [tricky, '.', '\\', '"', '💥'.repeat(80)]) {
        await found(name)
        const { mail, raw } = await arrived(() => invite('new@example.com'))
        assert.ok(mail.subject?.endsWith(` invites you to ${name}`), mail.subject)
        assert.doesNotMatch(raw, /^bcc:/im)
      }
      for (const { to, from } of peer.arrived)
        assert.deepEqual([to, from], [['new@example.com'], 'no-reply@app.example'])
    })

    test('class 127: a hundred kilobytes of brackets, commas and signs are refused as an address and as a name', async () => {
      const { found, refused } = siege()
      const long = 100_000
      await found('The firm')
      for (const evil of [
        '<'.repeat(long),
        `${'"'.repeat(long)}@example.com`,
        `${'('.repeat(long)}ada@example.com`,
        'ada@example.com,'.repeat(long / 16),
        'a@'.repeat(long / 2),
        `a@${'a.'.repeat(long / 2)}`,
        `${'a.'.repeat(long / 2)}@example.com`,
      ])
        await refused(422, 'POST', inviting, { as: 'ada', json: { email: evil, role: 'member' } })
      for (const evil of ['{{'.repeat(long / 2), '<'.repeat(long)]) {
        await found(evil)
        await refused(422, 'POST', inviting, { as: 'ada', json: { email: 'new@example.com', role: 'member' } })
      }
    })

    test('class 11: a link is in no line of the log and in no row once it was sent', async () => {
      const { found, invite, arrived, lines, everything } = siege()
      await found('The firm')
      const { mail } = await arrived(() => invite('new@example.com'))
      const [, token = ''] = /token=([A-Za-z0-9_-]{20,})/.exec(mail.text ?? '') ?? []
      assert.ok(token.length > 20)
      assert.doesNotMatch(lines.join('\n'), new RegExp(`${token}|new@example`))
      assert.doesNotMatch(await everything(), new RegExp(token))
    })

    test('class 103: without a way for its mails an app does not start in production, and writes nothing', async () => {
      const { store } = siege()
      await assert.rejects(
        start(firm(), { database: store.url, mode: 'production', log: silent }),
        (error) =>
          isProblem(error) &&
          error.code === 'invalid-setting' &&
          /auth\.organizations\.invitations\.create/.test(error.message) &&
          /BEDE_MAIL_URL.*BEDE_MAIL_FROM.*BEDE_ORIGIN/.test(error.hint ?? ''),
      )
    })
  },
)
