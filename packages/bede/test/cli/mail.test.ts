import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { smtpServer } from '../adapters/support/smtp-server.ts'
import { bede, start } from './bede.ts'

/** A project whose accounts invite others by mail. */
const folder = mkdtempSync(join(tmpdir(), 'bede-mail-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const declared = fileURLToPath(new URL('../attacks/support/firm.ts', import.meta.url))
writeFileSync(join(folder, 'app.ts'), `import { firm } from ${JSON.stringify(declared)}\n\nexport default firm()\n`)

async function invite(url: string, email: string): Promise<void> {
  let token = ''
  const post = async (path: string, json: object) => {
    const headers = { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) }
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(json) })
    const text = await answer.text()
    assert.ok(answer.ok, text)
    return text === '' ? {} : JSON.parse(text)
  }
  const handle = email.replace('@', ' at ')
  ;({ token } = await post('/auth/register', {
    email: `ann.${email}`,
    handle,
    password: 'a long enough phrase',
  }))
  await post('/auth/organizations', { name: 'The firm' })
  await post('/auth/organizations/invitations', { email, role: 'member' })
}

test('bede dev shows in its mailbox what was sent, and says so', async (t) => {
  const running = start(['dev', '--port', '0'], { folder })
  t.after(async () => {
    running.child.kill('SIGKILL')
    await running.ended
  })
  const [, url = ''] = await running.until(/app +(http:\/\/127\.0\.0\.1:\d+)\n/)
  await running.until(/mailbox +http:\/\/127\.0\.0\.1:\d+\/docs\/mailbox\n/)
  await invite(url, 'new@example.com')
  const [, page = ''] = await running.until(/mail to new@example\.com: .* invites you to The firm {2}(http:\S+)\n/)
  const { mails } = (await (await fetch(`${url}/docs/mailbox.json`)).json()) as {
    mails: { to: string; links: string[]; from: object }[]
  }
  assert.deepEqual(
    mails.map(({ to, from }) => [to, from]),
    [['new@example.com', { name: 'firm', address: 'no-reply@app.invalid' }]],
  )
  assert.ok(mails[0]?.links[0]?.startsWith(`${url}/invitation?token=`))
  assert.match(await (await fetch(page)).text(), /<iframe /)
  // A new version says its own words, and the one before says nothing any more.
  const source = fileURLToPath(new URL('../../src/declare/app.ts', import.meta.url))
  writeFileSync(
    join(folder, 'app.ts'),
    `import { App } from ${JSON.stringify(source)}\nimport { firm } from ${JSON.stringify(declared)}\n
const { name, models, actor, modules, options, database } = firm()
export default new App(name, models, actor, modules, options, database, { name: 'Renamed' })\n`,
  )
  await running.until(/reloaded in/)
  for (let number = 0; number < 6; number++) {
    await invite(url, `later${number}@example.com`)
    await running.until(new RegExp(`mail to later${number}@example\\.com`))
  }
  const later = (await (await fetch(`${url}/docs/mailbox.json`)).json()) as { mails: { to: string; text: string }[] }
  assert.deepEqual(
    later.mails.map(({ to, text }) => [to, /on ([A-Za-z]+)\./.exec(text)?.[1]]),
    [5, 4, 3, 2, 1, 0].map((number) => [`later${number}@example.com`, 'Renamed']).concat([['new@example.com', 'firm']]),
  )
})

test('bede start sends over SMTP, and does not start where it could not', async (t) => {
  const data = ['--embedded', '--data', join(folder, 'production'), '--port', '0']
  const refused = bede(['start', ...data], { folder })
  assert.notEqual(refused.code, 0)
  assert.match(refused.err, /No mail can be sent, and auth\.organizations\.invitations\.create sends some/)
  assert.match(refused.err, /Set BEDE_MAIL_URL=/)
  const peer = await smtpServer(t)
  const environment = {
    BEDE_MAIL_URL: `smtp://127.0.0.1:${peer.port}`,
    BEDE_MAIL_FROM: 'The firm <no-reply@firm.example>',
    BEDE_ORIGIN: 'https://firm.example',
  }
  const half = bede(['start', ...data], { folder, environment: { ...environment, BEDE_ORIGIN: '' } })
  assert.match(half.err, /BEDE_ORIGIN is missing beside BEDE_MAIL_URL/)
  const running = start(['start', ...data], { folder, environment })
  t.after(async () => {
    running.child.kill('SIGKILL')
    await running.ended
  })
  const [, url = ''] = await running.until(/"url":"(http:\/\/127\.0\.0\.1:\d+)"/)
  await invite(url, 'new@example.com')
  await running.until(/"message":"a mail was sent"/)
  const [arrived] = peer.arrived
  assert.deepEqual(arrived?.to, ['new@example.com'])
  assert.match(arrived?.mail.text ?? '', /https:\/\/firm\.example\/invitation\?token=/)
  for (const path of ['/docs/mailbox', '/docs/mailbox.json']) assert.equal((await fetch(url + path)).status, 404)
  running.child.kill('SIGTERM')
  assert.equal((await running.ended).code, 0)
  assert.doesNotMatch(running.said(), /token=|new@example/)
})
