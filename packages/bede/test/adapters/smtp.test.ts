import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { smtpMail } from '../../src/adapters/smtp.ts'
import { readSmtpAddress } from '../../src/adapters/smtp-address.ts'
import { MailFailure } from '../../src/identity/mail/mail.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { sample } from './mail.conformance.ts'
import { cert } from './support/smtp-certificate.ts'
import { smtpServer } from './support/smtp-server.ts'

const patient = () => new AbortController().signal

async function failure(work: Promise<unknown>): Promise<MailFailure> {
  try {
    await work
  } catch (error) {
    if (error instanceof MailFailure) return error
    throw error
  }
  throw new Error('it was sent')
}

/** Signed in as whoever comes with the password that was agreed on. */
const guarded = (t: TestContext, more: Parameters<typeof smtpServer>[1] = {}) =>
  smtpServer(t, {
    authOptional: false,
    onAuth({ username = '', password }, _session, done) {
      if (password === 'päss:w@rd/#%') done(null, { user: username })
      else done(Object.assign(new Error(`no, not ${password}`), { responseCode: 535 }))
    },
    ...more,
  })

test('an address says where, how privately and as whom', () => {
  for (const [address, server] of [
    ['smtp://mail.example', { host: 'mail.example', port: 587, tls: 'required' }],
    ['smtp://mail.example/', { host: 'mail.example', port: 587, tls: 'required' }],
    ['smtp://mail.example:25?tls=none', { host: 'mail.example', port: 25, tls: 'none' }],
    ['smtps://mail.example', { host: 'mail.example', port: 465, tls: 'implicit' }],
    ['smtps://mail.example?tls=required', { host: 'mail.example', port: 465, tls: 'implicit' }],
    ['smtp://localhost:1025', { host: 'localhost', port: 1025, tls: 'none' }],
    ['smtp://127.0.0.1:1025', { host: '127.0.0.1', port: 1025, tls: 'none' }],
    ['smtp://[::1]:1025', { host: '::1', port: 1025, tls: 'none' }],
    ['smtp://localhost?tls=required', { host: 'localhost', port: 587, tls: 'required' }],
    ['smtp://localhost.evil.example', { host: 'localhost.evil.example', port: 587, tls: 'required' }],
    [
      'smtp://ada%40example.com:p%C3%A4ss%3A@mail.example',
      { host: 'mail.example', port: 587, tls: 'required', user: 'ada@example.com', password: 'päss:' },
    ],
  ] as const)
    assert.deepEqual(readSmtpAddress(address), server, address)
})

test('what is no address is refused, and its password is never shown', () => {
  for (const wrong of [
    '',
    'mail.example',
    'http://mail.example',
    'smtp://',
    'smtp:mail.example',
    'smtp://mail.example/path',
    'smtp://mail.example#x',
    'smtp://mail.example?tls=no',
    'smtp://mail.example?tls=none&tls=required',
    'smtps://mail.example?tls=none',
    'smtp://mail.example?pool=true',
    'smtp://mail.example?url=http://evil.example',
    'smtp://user-hunter2@mail.example',
    'smtp://:hunter2@mail.example',
    'smtp://user:hunter2%0d%0aQUIT@mail.example',
    'smtp://user:hunter2%zz@mail.example',
    'smtp://user:hunter2@mail example',
    'smtp://user:hunter2@mail.example:99999',
    'smtp://user:hunter2@mail_.example%0d%0a',
    'smtp://user:hunter2@',
  ])
    assert.throws(
      () => readSmtpAddress(wrong),
      (error) =>
        isProblem(error) && error.code === 'invalid-setting' && !/hunter2/.test(`${error.message} ${error.hint}`),
      wrong,
    )
})

test('a missing package is named, with what to type', async () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (/nodemailer/.test(specifier)) throw Object.assign(new Error('missing'), { code: 'ERR_MODULE_NOT_FOUND' })
      return next(specifier, context)
    },
  })
  try {
    await assert.rejects(
      smtpMail('smtp://127.0.0.1:25'),
      (error) =>
        isProblem(error) && /nodemailer/.test(error.message) && /npm install nodemailer/.test(error.hint ?? ''),
    )
  } finally {
    hooks.deregister()
  }
})

test('a name and a password are given over TLS, and one that is refused is told without it', async (t) => {
  const server = await guarded(t)
  const at = (password: string) =>
    smtpMail(`smtp://the%20app:${encodeURIComponent(password)}@localhost:${server.port}?tls=required`, { ca: cert })
  await (await at('päss:w@rd/#%')).send(sample, patient())
  assert.deepEqual(
    server.arrived.map(({ secure, user }) => [secure, user]),
    [[true, 'the app']],
  )
  const refused = await failure((await at('hunter2')).send(sample, patient()))
  assert.deepEqual([refused.message, refused.permanent], ['EAUTH 535', false])
  // One that was configured is demanded, although the server would do without.
  const open = await smtpServer(t, { disabledCommands: ['AUTH'] })
  const without = await smtpMail(`smtp://a:hunter2@localhost:${open.port}?tls=required`, { ca: cert })
  assert.doesNotMatch((await failure(without.send(sample, patient()))).message, /hunter2/)
  assert.equal(open.arrived.length, 0)
})

test('without TLS nothing is said to a server beyond this machine, and to none that is not who it says', async (t) => {
  const bare = await guarded(t, { disabledCommands: ['STARTTLS'] })
  const stripped = await smtpMail(`smtp://a:hunter2@localhost:${bare.port}?tls=required`, { ca: cert })
  assert.match((await failure(stripped.send(sample, patient()))).message, /^ETLS/)
  const server = await smtpServer(t)
  for (const address of [`smtp://localhost:${server.port}?tls=required`]) {
    const distrusted = await smtpMail(address)
    assert.match((await failure(distrusted.send(sample, patient()))).message, /self-signed certificate/)
  }
  assert.deepEqual([bare.arrived.length, server.arrived.length], [0, 0])
})

test('what a server says is told by its numbers, and what it refuses for good is not sent again', async (t) => {
  const server = await smtpServer(t)
  const mail = await smtpMail(`smtp://127.0.0.1:${server.port}`)
  for (const [at, code, said, message, permanent] of [
    ['recipient', 550, '5.1.1 no ada@example.com here', 'EENVELOPE 550 5.1.1', true],
    ['recipient', 450, '4.2.0 try later', 'EENVELOPE 450 4.2.0', false],
    ['message', 554, `5.7.1 spam: ${sample.text}`, 'EMESSAGE 554 5.7.1', true],
    ['message', 451, 'no', 'EMESSAGE 451', false],
    ['message', 503, 'what', 'EMESSAGE 503', false],
  ] as const) {
    server.refuse = { at, code, says: said }
    const refused = await failure(mail.send(sample, patient()))
    assert.deepEqual([refused.message, refused.permanent], [message, permanent])
  }
  server.refuse = undefined
  await mail.send(sample, patient())
  assert.equal(server.arrived.length, 1)
})

test('a server that says nothing is left when it is asked to stop', async (t) => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.after(() => silent.close())
  const address = silent.address()
  const mail = await smtpMail(`smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  const stop = new AbortController()
  silent.once('connection', () => stop.abort())
  assert.equal((await failure(mail.send(sample, stop.signal))).permanent, false)
})

test('what is no answer of SMTP is not told', async (t) => {
  for (const says of ['hello canary\r\n', '999 canary\r\n', '220 x\r\ncanary\r\n', 'canary']) {
    const strange = createServer((socket) => {
      socket.on('error', () => {})
      socket.end(says)
    })
    await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve))
    t.after(() => strange.close())
    const address = strange.address()
    const mail = await smtpMail(`smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
    const refused = await failure(mail.send(sample, patient()))
    assert.doesNotMatch(refused.message, /canary/, says)
    assert.equal(refused.permanent, false, says)
  }
})

test('class 78: a value with which a mail would say more than its subject stands in no header', async (t) => {
  const server = await smtpServer(t)
  const mail = await smtpMail(`smtp://127.0.0.1:${server.port}`)
  const subject = 'Bcc: eve@example.com =?utf-8?q?=0D=0ABcc:_eve@example.com?= "x" <eve@example.com>, eve@example.com'
  const name = 'Bcc: eve@example.com, "eve" <eve@example.com>; =?utf-8?q?=0D=0A?='
  await mail.send({ ...sample, subject, from: { name, address: sample.from.address } }, patient())
  const [arrived] = server.arrived
  assert.deepEqual(arrived?.to, [sample.to])
  assert.equal(arrived?.from, sample.from.address)
  const head = arrived?.raw.slice(0, arrived.raw.indexOf('\r\n\r\n')) ?? ''
  const names = head
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
  assert.deepEqual(names.toSorted(), [
    'auto-submitted',
    'content-language',
    'content-type',
    'date',
    'from',
    'message-id',
    'mime-version',
    'subject',
    'to',
  ])
  assert.doesNotMatch(head, /nodemailer/i)
})

test('class 78: a line of the text that looks like a command is text', async (t) => {
  const server = await smtpServer(t)
  const mail = await smtpMail(`smtp://127.0.0.1:${server.port}`)
  const text = 'a\n.\nMAIL FROM:<eve@example.com>\r\n.\r\nQUIT\r.\r\n..\nb\n'
  await mail.send({ ...sample, text }, patient())
  assert.equal(server.arrived.length, 1)
  assert.match(server.arrived[0]?.mail.text ?? '', /^a\n\.\nMAIL FROM:<eve@example\.com>\n\.\nQUIT[\s\S]*\.\.\nb/)
})
