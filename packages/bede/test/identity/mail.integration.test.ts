import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createMailbox } from '../../src/adapters/mailbox.ts'
import { smtpMail } from '../../src/adapters/smtp.ts'
import type { MailSetup } from '../../src/identity/mail/delivery.ts'
import type { Mail } from '../../src/identity/mail/mail.ts'
import { createMailing } from '../../src/identity/mail/mailing.ts'
import type { Posted } from '../../src/identity/mail/post.ts'
import { type StartOptions, start } from '../../src/identity/start.ts'
import { openStore } from '../../src/store/open.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { smtpServer } from '../adapters/support/smtp-server.ts'
import { club } from '../engine/support/club.ts'
import { postgresUrl } from '../support/postgres.ts'
import { testStores } from '../support/stores.ts'

const from = { name: 'The club', address: 'no-reply@club.example' }
const origin = 'https://club.example'
const canary = 'canary-of-the-link'
const reset = (to: string): Posted => ({
  to,
  template: 'reset-password',
  values: { link: `/reset?token=${canary}`, expires: '3600' },
})

/** A club whose mails are handed in here, with a clock that a test may set forward. */
async function open(t: TestContext, url: string, more: Partial<StartOptions> = {}) {
  const lines: string[] = []
  const clock = { ahead: 0 }
  const backend = await start(club(), {
    database: url,
    mode: 'development',
    log: createLogger({ level: 'debug', write: (line) => lines.push(line) }),
    clock: () => new Date(Date.now() + clock.ahead),
    ...more,
  })
  const told: string[] = []
  const mailing = createMailing({ ...backend, tell: (work, error) => told.push(`${work}: ${error}`) })
  const rows = (sql: string) => backend.connection.query({ sql, params: [], shape: [] })
  t.after(async () => {
    await mailing.stop()
    await backend.close()
  })
  return {
    backend,
    mailing,
    lines,
    told,
    clock,
    rows,
    waiting: async () => Number((await rows('select count(*)::text from bede.mail'))[0]?.[0]),
    /** Looks for what is due now, as every process does every few seconds. */
    look(by: Mail): void {
      const another = createMailing(backend)
      t.after(() => another.stop())
      another.deliver(setupOf(by))
    },
    post: (mail: Posted) => backend.connection.transaction((connection) => mailing.post.send(connection, mail)),
  }
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const patience = Date.now() + 30_000
  while (!(await what())) {
    assert.ok(Date.now() < patience, `it never came to ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const setupOf = (by: Mail): MailSetup => ({ by, from, origin })
const logged = (lines: readonly string[], message: string) => lines.filter((line) => line.includes(message)).length

for (const store of await testStores()) {
  describe(`the outbox of mails, on ${store.name}`, { skip: store.skip }, () => {
    const begin = async (t: TestContext) => {
      const one = await open(t, store.url)
      await one.rows('delete from bede.mail')
      return one
    }

    test('a mail goes out over SMTP once its transaction has committed, and nothing of it is kept', async (t) => {
      const { mailing, backend, lines, rows, waiting } = await begin(t)
      const server = await smtpServer(t)
      mailing.deliver(setupOf(await smtpMail(`smtp://127.0.0.1:${server.port}`)))
      const { promise: held, resolve: release } = Promise.withResolvers<void>()
      const writing = backend.connection.transaction(async (connection) => {
        await mailing.post.send(connection, { ...reset('ada@example.com'), language: 'de' })
        await held
      })
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.equal(server.arrived.length, 0)
      release()
      await writing
      await until(() => server.arrived.length === 1)
      await until(async () => (await waiting()) === 0)
      const [ada] = server.arrived
      assert.deepEqual(ada?.to, ['ada@example.com'])
      assert.equal(ada?.from, from.address)
      assert.deepEqual(ada?.mail.from, from)
      assert.equal(ada?.mail.subject, 'Choose a new password for club')
      assert.match(ada?.mail.text ?? '', new RegExp(`\\n${origin}/reset\\?token=${canary}\\n`))
      assert.match(ada?.mail.messageId ?? '', /^<[0-9a-f-]{36}@club\.example>$/)
      assert.deepEqual(await rows('select 1 from bede.mail'), [])
      await until(() => logged(lines, 'a mail was sent') === 1)
      assert.doesNotMatch(lines.join('\n'), new RegExp(`${canary}|ada@example`))
    })

    test('a mail whose transaction was undone was never written', async (t) => {
      const { mailing, backend, post, waiting } = await begin(t)
      const box = createMailbox()
      mailing.deliver(setupOf(box))
      await assert.rejects(
        backend.connection.transaction(async (connection) => {
          await mailing.post.send(connection, reset('undone@example.com'))
          throw new Error('the rest went wrong')
        }),
      )
      await post(reset('done@example.com'))
      await until(() => box.list().length > 0)
      assert.deepEqual(
        box.list().map(({ to }) => to),
        ['done@example.com'],
      )
      await until(async () => (await waiting()) === 0)
    })

    test('while the server is away a mail waits, and goes out when it is back', async (t) => {
      const { mailing, post, rows, lines, clock, waiting, look } = await begin(t)
      const away = await smtpServer(t)
      const { port } = away
      await away.close()
      const mail = await smtpMail(`smtp://127.0.0.1:${port}`)
      mailing.deliver(setupOf(mail))
      await post(reset('ada@example.com'))
      await until(() => logged(lines, 'is tried again') === 1)
      const [[attempts, error, later] = []] = await rows(
        "select attempts::text, last_error, (next_at > now() + interval '3 seconds')::text from bede.mail",
      )
      assert.deepEqual([attempts, later], ['1', 'true'])
      assert.match(error ?? '', /^ESOCKET .*ECONNREFUSED/)
      const back = await smtpServer(t, { port })
      clock.ahead = 60_000
      look(mail)
      await until(() => back.arrived.length === 1)
      await until(async () => (await waiting()) === 0)
      assert.doesNotMatch(lines.join('\n'), new RegExp(canary))
    })

    test('a server that says not now is asked again; one that says never is not, and what was in the mail is gone', async (t) => {
      const { mailing, post, rows, lines, clock, waiting, look } = await begin(t)
      const server = await smtpServer(t)
      const mail = await smtpMail(`smtp://127.0.0.1:${server.port}`)
      mailing.deliver(setupOf(mail))
      server.refuse = { at: 'recipient', code: 450, says: `4.2.0 greylisted, ${canary}` }
      await post(reset('ada@example.com'))
      await until(() => logged(lines, 'is tried again') === 1)
      server.refuse = { at: 'message', code: 554, says: `5.7.1 refused: ${origin}/reset?token=${canary}` }
      clock.ahead = 60_000
      look(mail)
      await until(() => logged(lines, 'is given up') === 1)
      server.refuse = undefined
      assert.deepEqual(
        await rows('select recipient, template, attempts::text, next_at, "values", last_error from bede.mail'),
        [['ada@example.com', 'reset-password', '2', null, null, 'EMESSAGE 554 5.7.1']],
      )
      assert.doesNotMatch(lines.join('\n'), new RegExp(canary))
      // It stands in nobody's way.
      await post(reset('bob@example.com'))
      await until(() => server.arrived.length === 1)
      assert.deepEqual(server.arrived[0]?.to, ['bob@example.com'])
      await until(async () => (await waiting()) === 1)
      clock.ahead = 31 * 86_400_000
      await post(reset('eve@example.com'))
      await until(() => server.arrived.length === 2)
      await until(async () => (await waiting()) === 0)
    })

    test('a mail that comes too late to be of use is not sent', async (t) => {
      const { mailing, post, rows, lines, told, clock } = await begin(t)
      await post(reset('ada@example.com'))
      clock.ahead = 3_601_000
      const box = createMailbox()
      mailing.deliver(setupOf(box))
      await until(() => logged(lines, 'is given up') === 1)
      assert.deepEqual(told, [
        "delivering a mail: Error: A mail of 'reset-password' is given up: it is too old to be of use",
      ])
      assert.deepEqual(box.list(), [])
      assert.deepEqual(await rows('select "values", last_error from bede.mail'), [[null, 'it is too old to be of use']])
    })

    test('an adapter that breaks in a way nobody expected ends nothing, and its words are not told', async (t) => {
      const { mailing, post, lines, clock, waiting, look } = await begin(t)
      const box = createMailbox()
      let broken = true
      const frail: Mail = {
        ...box,
        async send(message, signal) {
          if (broken) throw new RangeError(`cannot send ${message.text}`)
          return box.send(message, signal)
        },
      }
      mailing.deliver(setupOf(frail))
      await post(reset('ada@example.com'))
      await until(() => logged(lines, 'is tried again') === 1)
      assert.match(lines.join('\n'), /RangeError/)
      assert.doesNotMatch(lines.join('\n'), new RegExp(canary))
      broken = false
      clock.ahead = 60_000
      look(frail)
      await until(() => box.list().length === 1)
      await until(async () => (await waiting()) === 0)
    })

    test('of several processes one sends each mail', async (t) => {
      const one = await begin(t)
      const others =
        store.name === 'PGlite' // one process has it
          ? [createMailing(one.backend), createMailing(one.backend)]
          : [(await open(t, store.url)).mailing, (await open(t, store.url)).mailing]
      const sent: string[] = []
      const counting: Mail = {
        name: 'counting',
        async send({ to }) {
          sent.push(to)
          await new Promise((resolve) => setTimeout(resolve, 5))
        },
        close: async () => {},
      }
      const to = Array.from({ length: 60 }, (_, index) => `member${index}@example.com`)
      // Written where nobody delivers yet, so that all begin at once.
      for (const address of to) await one.post(reset(address))
      const all = [one.mailing, ...others]
      for (const mailing of all) mailing.deliver(setupOf(counting))
      await until(async () => (await one.waiting()) === 0)
      for (const mailing of all) await mailing.stop()
      assert.deepEqual(sent.toSorted(), to.toSorted())
    })

    test('a stop lets what is being sent end', async (t) => {
      const one = await begin(t)
      const box = createMailbox()
      let begun = false
      one.mailing.deliver(
        setupOf({
          ...box,
          async send(message, signal) {
            begun = true
            await new Promise((resolve) => setTimeout(resolve, 100))
            return box.send(message, signal)
          },
        }),
      )
      await one.post(reset('ada@example.com'))
      await until(() => begun)
      await one.mailing.stop()
      assert.equal(box.list().length, 1)
      assert.equal(await one.waiting(), 0)
    })

    test('what a mail says is sealed while it waits, and opens under the secret of then', async (t) => {
      const driver = openStore(store.url)
      const connection = await driver.open()
      t.after(() => driver.close())
      const shared = { driver: { ...driver, open: async () => connection, close: async () => {} } }
      const [one, two] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
      const first = await open(t, store.url, { ...shared, secrets: { current: one } })
      await first.rows('delete from bede.mail')
      await first.post(reset('ada@example.com'))
      await first.post(reset('bob@example.com'))
      assert.doesNotMatch(JSON.stringify(await first.rows('select * from bede.mail')), new RegExp(`${canary}|expires`))
      // Sent to somebody else it does not open.
      await first.rows("update bede.mail set recipient = 'eve@example.com' where recipient = 'bob@example.com'")
      const box = createMailbox()
      const lost = await open(t, store.url, { ...shared, secrets: { current: two } })
      lost.mailing.deliver(setupOf(box))
      await until(() => logged(lost.lines, 'it was sealed under a secret that is not given any more') === 2)
      assert.deepEqual(box.list(), [])
      const found = await open(t, store.url, { ...shared, secrets: { current: two, previous: [one] } })
      found.clock.ahead = 60_000
      found.mailing.deliver(setupOf(box))
      await until(() => box.list().length === 1)
      await until(() => logged(found.lines, 'it was sealed') === 1)
      assert.deepEqual(
        box.list().map(({ to, text }) => [to, text.includes(canary)]),
        [['ada@example.com', true]],
      )
    })

    test('a mail that nobody could get is refused before anything is written', async (t) => {
      const { mailing, backend, waiting } = await begin(t)
      const send = (mail: Posted) => mailing.post.send(backend.connection, mail)
      for (const to of ['', 'ada', 'ada@example', 'a@example.com,b@example.com', 'Ada <ada@example.com>'])
        await assert.rejects(send(reset(to)), (error) => isProblem(error) && error.code === 'invalid-value', to)
      const { values } = reset('')
      for (const wrong of [
        { ...reset('ada@example.com'), template: 'reset' },
        { ...reset('ada@example.com'), template: 'constructor' },
        { ...reset('ada@example.com'), values: { link: '/x' } },
        { ...reset('ada@example.com'), values: { ...values, more: 'x' } },
        { ...reset('ada@example.com'), values: { ...values, link: 'https://evil.example/' } },
      ])
        await assert.rejects(send(wrong), TypeError)
      assert.equal(await waiting(), 0)
    })
  })
}

for (const store of await testStores())
  test(`what a killed process was sending is sent by the next one, on ${store.name}`, {
    skip: store.skip,
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'bede-mail-'))
    const url = store.name === 'PostgreSQL' ? await postgresUrl() : `pglite://${join(folder, 'data')}`
    const script = fileURLToPath(new URL('./mail-of-another-process.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=bede-source', script, url ?? ''])
    const said = new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text))))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    t.after(async () => {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    })
    assert.match(String(await Promise.race([said, ended])), /sending/)
    child.kill('SIGKILL')
    await ended
    const { mailing, clock } = await open(t, url ?? '')
    const box = createMailbox()
    clock.ahead = 200_000
    mailing.deliver(setupOf(box))
    await until(() => box.list().length === 2)
    assert.deepEqual(
      box
        .list()
        .map(({ to }) => to)
        .toSorted(),
      ['ada@example.com', 'bob@example.com'],
    )
    assert.ok(box.list().every(({ text }) => text.includes(`${origin}/reset?token=of-the-dead`)))
  })
