import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Mail, MailFailure, type MailMessage } from '../../src/identity/mail/mail.ts'

/** One way by which mails leave, and what came of them on the other side. */
export interface MailSubject {
  readonly name: string
  open(): Promise<{ readonly mail: Mail; arrived(): readonly ArrivedMail[]; close(): Promise<void> }>
}

export interface ArrivedMail {
  readonly to: readonly string[]
  readonly from: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
  readonly html: string
}

const patient = () => new AbortController().signal

export const sample: MailMessage = {
  id: '0192f3a4-5b6c-7d8e-9f00-112233445566',
  from: { name: 'Bücherei „Zum Ührchen“', address: 'no-reply@app.example' },
  to: 'ada@example.com',
  language: 'de',
  subject: 'Grüße 😀 – 日本語',
  text: 'Zeile eins\n.\n..\n\nhttps://app.example/x?token=abc_-1&a=b\nFrom here äöü\n',
  html: '<p>Grüße &amp; 😀 <a href="https://app.example/x?token=abc_-1&amp;a=b">hier</a></p>\n.\n',
}

/** What must not get through: each would say something else than this mail to this address (class 78). */
export const hostile: readonly (readonly [string, Partial<MailMessage>])[] = [
  ['a line break in the address', { to: 'ada@example.com\r\nRCPT TO:<eve@example.com>' }],
  ['a bare line feed in the address', { to: 'ada@example.com\nBcc: eve@example.com' }],
  ['a NUL in the address', { to: 'ada@example.com\0eve@example.com' }],
  ['two addresses', { to: 'ada@example.com, eve@example.com' }],
  ['two addresses by semicolon', { to: 'ada@example.com;eve@example.com' }],
  ['a name before the address', { to: 'Ada <ada@example.com>' }],
  ['brackets', { to: '<ada@example.com>' }],
  ['a group', { to: 'all:ada@example.com,eve@example.com;' }],
  ['a comment', { to: 'ada@example.com (eve@example.com)' }],
  ['a quoted local part', { to: '"eve@example.com"@example.com' }],
  ['parameters of the envelope', { to: 'ada@example.com SIZE=1' }],
  ['an address literal', { to: 'ada@[127.0.0.1]' }],
  ['two signs', { to: 'ada@example.com@evil.example' }],
  ['a path', { to: '@evil.example:ada@example.com' }],
  ['no address', { to: '' }],
  ['a long address', { to: `${'a'.repeat(300)}@example.com` }],
  ['a line break in the sender', { from: { address: 'no-reply@app.example\r\nDATA' } }],
  ['a line break in the name', { from: { name: 'The app\r\nBcc: eve@example.com', address: 'no-reply@app.example' } }],
  ['a vertical tab in the name', { from: { name: 'The app\u000bx', address: 'no-reply@app.example' } }],
  ['a line break in the subject', { subject: 'Hello\r\nBcc: eve@example.com\r\n\r\nOther text' }],
  ['a carriage return in the subject', { subject: 'Hello\rBcc: eve@example.com' }],
  ['a line separator in the subject', { subject: 'Hello\u2028Bcc: eve@example.com' }],
  ['a lone surrogate in the subject', { subject: 'Hello \ud800' }],
  ['a line break in the language', { language: 'en\r\nBcc: eve@example.com' }],
  ['a line break in the id', { id: 'x@y>\r\nBcc: eve@example.com' }],
  ['a NUL in the text', { text: 'a\0b' }],
  ['a NUL in the HTML', { html: '<p>\0</p>' }],
  ['no end of text', { text: 'x'.repeat(300_000) }],
]

/** What every way must do. */
export function conformance(subject: MailSubject): void {
  describe(`mail: ${subject.name}`, () => {
    let opened: Awaited<ReturnType<MailSubject['open']>>
    before(async () => {
      opened = await subject.open()
    })
    after(() => opened.close())

    test('a mail arrives once, whole, with every letter as it was', async () => {
      await opened.mail.send(sample, patient())
      assert.deepEqual(opened.arrived(), [
        {
          to: [sample.to],
          from: sample.from,
          subject: sample.subject,
          text: sample.text,
          html: sample.html,
        },
      ])
    })

    test('many at once arrive each', async () => {
      const before = opened.arrived().length
      const ids = Array.from({ length: 12 }, (_, index) => `0192f3a4-5b6c-7d8e-9f00-1122334455${index + 10}`)
      await Promise.all(
        ids.map((id, index) => opened.mail.send({ ...sample, id, subject: `mail ${index}` }, patient())),
      )
      const subjects = opened
        .arrived()
        .slice(before)
        .map(({ subject: said }) => said)
      assert.deepEqual(subjects.toSorted(), ids.map((_, index) => `mail ${index}`).toSorted())
    })

    test('class 78: what holds a line break or a second address is refused, for good, and nothing arrives', async () => {
      const before = opened.arrived().length
      for (const [what, part] of hostile)
        await assert.rejects(
          opened.mail.send({ ...sample, ...part }, patient()),
          (error) => error instanceof MailFailure && error.permanent && !/example|DATA/.test(error.message),
          what,
        )
      assert.equal(opened.arrived().length, before)
    })

    test('what has been stopped already is not sent', async () => {
      const before = opened.arrived().length
      await assert.rejects(
        opened.mail.send(sample, AbortSignal.abort()),
        (error) => error instanceof MailFailure && !error.permanent,
      )
      assert.equal(opened.arrived().length, before)
    })
  })
}
