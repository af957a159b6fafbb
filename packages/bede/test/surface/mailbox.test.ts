import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { networkInterfaces } from 'node:os'
import { type TestContext, test } from 'node:test'
import { createMailbox } from '../../src/adapters/mailbox.ts'
import type { MailMessage } from '../../src/identity/mail/mail.ts'
import { mailboxPages } from '../../src/surface/mailbox/surface.ts'
import { sample } from '../adapters/mail.conformance.ts'
import { type EdgeOptions, jsonOutcome, startEdge } from './support/edge.ts'

async function served(t: TestContext, options: EdgeOptions = {}, ...mails: readonly Partial<MailMessage>[]) {
  const mailbox = createMailbox()
  const edge = await startEdge(t, () => jsonOutcome('{}'), { surfaces: [mailboxPages(mailbox)], ...options })
  for (const [index, mail] of mails.entries())
    await mailbox.send(
      { ...sample, id: `0192f3a4-5b6c-7d8e-9f00-00000000000${index}`, ...mail },
      new AbortController().signal,
    )
  return { mailbox, edge }
}

const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'`&</pre></iframe>'

test('the page lists what was sent, the newest first, and each mail shows its text, its HTML and its links', async (t) => {
  const { edge } = await served(t, {}, { subject: 'The first' }, { subject: 'The second', to: 'bob@example.com' })
  const list = await edge.fetch('/docs/mailbox')
  assert.equal(list.status, 200)
  assert.equal(list.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.equal(list.headers.get('cache-control'), 'no-store')
  const text = await list.text()
  assert.ok(text.indexOf('The second') < text.indexOf('The first'))
  assert.match(text, /bob@example\.com/)
  const [, path = ''] = /href="(\/docs\/mailbox\/[^"]+)">The second/.exec(text) ?? []
  const one = await (await edge.fetch(path)).text()
  assert.match(one, /<a href="https:\/\/app\.example\/x\?token&#61;abc_-1&amp;a&#61;b" rel="noopener noreferrer">/)
  assert.match(one, /<pre>Zeile eins\n/)
  assert.match(one, /<iframe [^>]*sandbox="" [^>]*srcdoc="&lt;p&gt;/)
  assert.equal((await edge.fetch('/docs/mailbox/nothing')).status, 404)
})

test('a program is given the mails as JSON, with their links', async (t) => {
  const { edge } = await served(t, {}, {})
  const answer = await edge.fetch('/docs/mailbox.json')
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
  const { mails } = (await answer.json()) as { mails: Record<string, unknown>[] }
  const [{ at, ...mail } = {}] = mails
  assert.match(String(at), /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(mail, {
    ...sample,
    id: '0192f3a4-5b6c-7d8e-9f00-000000000000',
    links: ['https://app.example/x?token=abc_-1&a=b'],
  })
})

test('whatever a mail holds, the pages that show it run nothing and fetch nothing', async (t) => {
  const { edge } = await served(
    t,
    {},
    {
      subject: evil,
      text: `${evil} https://app.example/"onclick="alert(1) javascript:alert(1)\n`,
      html: `<script>alert(1)</script>${evil}<iframe src="https://evil.example"></iframe>`,
      from: { name: evil, address: 'no-reply@app.example' },
    },
  )
  for (const path of ['/docs/mailbox', '/docs/mailbox/0192f3a4-5b6c-7d8e-9f00-000000000000']) {
    const answer = await edge.fetch(path)
    const policy = answer.headers.get('content-security-policy') ?? ''
    assert.match(policy, /^default-src 'none'; .*frame-ancestors 'none'$/)
    assert.doesNotMatch(policy, /script|connect|'self'/)
    const text = await answer.text()
    assert.doesNotMatch(text, /<script|<img|\son\w+="/i, path)
    assert.equal(text.match(/<iframe/g)?.length ?? 0, path.endsWith('0') ? 1 : 0)
    assert.doesNotMatch(text, /href="(?!\/docs\/mailbox|data:,|https:\/\/app\.example\/")/, path)
  }
  const json = await edge.fetch('/docs/mailbox.json')
  assert.equal(json.headers.get('x-content-type-options'), 'nosniff')
})

/** A request with exactly these headers, whatever fetch would say of them. */
const ask = (port: number, headers: Readonly<Record<string, string>>, host = '127.0.0.1') =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = httpRequest({ host, port, path: '/docs/mailbox.json', headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    asked.on('error', reject).end()
  })

test('a page of another name, a tunnel and a machine of the network see no mail', async (t) => {
  const beyond = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address
  const { edge } = await served(t, { host: '0.0.0.0' }, { subject: 'the-secret-subject' })
  const { port } = edge
  for (const Host of [`127.0.0.1:${port}`, `localhost:${port}`, 'LOCALHOST', `[::1]:${port}`])
    assert.equal((await ask(port, { Host })).status, 200, Host)
  assert.equal((await ask(port, { Host: 'localhost', Origin: 'http://localhost:5173' })).status, 200)
  for (const headers of [
    { Host: 'evil.example' },
    { Host: `evil.example:${port}` },
    { Host: 'localhost.evil.example' },
    { Host: 'evil.example#localhost' },
    { Host: '127.0.0.1.evil.example' },
    { Host: '127.0.0.1@evil.example' },
    { Host: '0.0.0.0' },
    { Host: '[::]' },
    { Host: '10.0.0.1' },
    { Host: 'localhost', Origin: 'https://evil.example' },
    { Host: 'localhost', Origin: 'null' },
    { Host: 'localhost', 'X-Forwarded-For': '203.0.113.1' },
    { Host: 'localhost', 'X-Forwarded-Host': 'evil.example' },
    { Host: 'localhost', Forwarded: 'for=203.0.113.1' },
  ]) {
    const { status, text } = await ask(port, headers)
    assert.ok(status === 403 || status === 400, `${JSON.stringify(headers)} answers ${status}`)
    assert.doesNotMatch(text, /the-secret-subject/)
  }
  if (beyond !== undefined) {
    const { status, text } = await ask(port, { Host: 'localhost' }, beyond)
    assert.equal(status, 403)
    assert.doesNotMatch(text, /the-secret-subject/)
  }
})

test('the mailbox keeps the last 500 and drops the oldest', async () => {
  const mailbox = createMailbox()
  for (let number = 0; number < 510; number++)
    await mailbox.send(
      { ...sample, id: `0192f3a4-5b6c-7d8e-9f00-${String(number).padStart(12, '0')}`, subject: `${number}` },
      new AbortController().signal,
    )
  const subjects = mailbox.list().map(({ subject }) => subject)
  assert.deepEqual([subjects.length, subjects[0], subjects.at(-1)], [500, '509', '10'])
})
