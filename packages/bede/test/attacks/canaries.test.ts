import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { smtpMail } from '../../src/adapters/smtp.ts'
import { rotate, secretStatus } from '../../src/practice/secrets/rotate.ts'
import { testStores } from '../support/stores.ts'
import { clinic } from './support/clinic.ts'
import { type Answered, type Asked, emailOf, password, type Served, serveApp } from './support/siege.ts'

/**
 * Whatever is secret stands in some place, and a day of all sorts goes by: calls and mistakes, failures and repairs. None
 * of it turns up in an answer that is not its owner's, in a log line at the lowest level, or in clear in the database.
 */

const secret = () => randomBytes(32).toString('base64url')
const secrets = { current: secret(), previous: [secret()] }

for (const development of [false, true]) {
  for (const store of await testStores()) {
    const mode = development ? 'development' : 'production'
    describe(`canaries in ${mode}, on ${store.name}`, { skip: store.skip }, () => {
      /** By what it is. Each is added the moment it comes about. */
      const canaries = new Map<string, string>([
        ['the secret', secrets.current],
        ['the secret in hex', Buffer.from(secrets.current, 'base64url').toString('hex')],
        ['the secret before', secrets.previous[0] ?? ''],
        ['the password of the mail server', 'canary-smtp-password'],
        ['a password', password],
        ['a wrong password', 'canary-wrong-password'],
        ['a new password', 'canary-new-password-x7'],
      ])
      let served: Served | undefined
      const siege = (): Served => served ?? assert.fail('nothing is served before its tests')
      const mails: string[] = []
      const kept = new Set<string>()
      before(async () => {
        const smtp = await smtpMail('smtp://canary-user:canary-smtp-password@127.0.0.1:9')
        const by: typeof smtp = {
          ...smtp,
          send: async (...sent) => {
            mails.push(JSON.stringify(sent[0]))
            return smtp.send(...sent)
          },
        }
        const from = { name: 'The clinic', address: 'no-reply@clinic.example' }
        const mail = { by, from, origin: 'https://clinic.example' }
        served = await serveApp(clinic(), store, { development, start: { secrets, mail } })
        for (const [name, token] of Object.entries(served.tokens)) canaries.set(`the session of ${name}`, token)
      })
      after(() => served?.close())

      const clean = (text: string, what: string, own: readonly string[] = []) => {
        const rest = own.reduce((left, one) => left.replaceAll(one, ''), text)
        for (const [name, canary] of canaries)
          assert.ok(!rest.includes(canary), `${what} shows ${name}: ${rest.slice(0, 600)}`)
        assert.doesNotMatch(rest, /canary-(?!user)/, what)
      }
      /** Asks, and looks at all that comes back. `own`: what this caller is told of it, and nobody else. */
      const ask = async (
        method: string,
        path: string,
        asked: Asked = {},
        own: readonly string[] = [],
      ): Promise<Answered> => {
        const answer = await siege().ask(method, path, asked)
        clean(answer.text, `${method} ${path} ${answer.status}`, own)
        clean(JSON.stringify([...answer.headers]), `the headers of ${method} ${path}`, own)
        return answer
      }
      const told = (canary: string, what: string): string => {
        assert.ok(canary.length > 5, what)
        canaries.set(what, canary)
        return canary
      }
      const quiet = () => {
        for (const line of siege().lines) {
          if (kept.has(line)) continue
          clean(line, 'a log line')
          kept.add(line)
        }
      }

      test('class 110: credentials of every kind are given out once, and passed on to nobody', async () => {
        const { ids } = siege()
        const made = await siege().ask('POST', '/auth/keys', {
          as: 'ada',
          json: { name: 'k', scopes: ['patients:read'] },
        })
        assert.equal(made.status, 201, made.text)
        told(made.json.key, 'an API key')
        const begun = await siege().ask('POST', '/auth/totp', { as: 'bob' })
        const shared = told(begun.json.secret, 'the secret of an app')
        const code = TOTP.generate({ secret: Secret.fromBase32(shared) })
        const confirmed = await siege().ask('POST', '/auth/totp/confirm', { as: 'bob', json: { code } })
        assert.equal(confirmed.status, 200, confirmed.text)
        for (const one of confirmed.json.recoveryCodes) told(one, 'a recovery code')
        if (confirmed.json.token) told(confirmed.json.token, 'a session after the second factor')
        const first = await siege().ask('POST', '/auth/sign-in', { json: { email: emailOf('bob'), password } })
        told(first.json.challenge, 'a sign-in that has begun')
        await ask('POST', '/auth/password/forgot', { json: { email: emailOf('eve') } })
        const patience = Date.now() + 20_000
        while (!mails.some((mail) => mail.includes('#token='))) {
          assert.ok(Date.now() < patience, siege().lines.slice(-5).join('\n'))
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        told(/#token=([\w-]+)/.exec(mails.join(' '))?.[1] ?? '', 'a link to a new password')
        const key = canaries.get('an API key') ?? ''
        for (const [path, credential] of [
          ['/patients', `Bearer ${key}`],
          ['/patients', `Basic ${Buffer.from(`canary-user:${password}`).toString('base64')}`],
          ['/patients', `Bearer ${key}x`],
          ['/patients', key],
          ['/auth/me', `Bearer ${canaries.get('a sign-in that has begun')}`],
          [`/patients/${ids.ada}`, `Bearer ${canaries.get('the session of eve')} and more`],
        ] as const)
          await ask('GET', path, { headers: { Authorization: credential } })
        for (const json of [
          { email: emailOf('ada'), password: 'canary-wrong-password' },
          { email: emailOf('nobody'), password },
          { email: emailOf('ada'), password: { $ne: null } },
          { email: emailOf('ada'), passwort: password },
          { email: emailOf('ada'), password, handle: canaries.get('the session of ada') },
        ])
          await ask('POST', '/auth/sign-in', { json })
        // Where a credential is no part of an address, it is not repeated either: not to its sender, not in a log.
        for (const [, canary] of canaries) {
          for (const path of [
            `/auth/me?token=${encodeURIComponent(canary)}`,
            `/auth/keys/${encodeURIComponent(canary)}`,
            `/patients?number=x&cursor=${encodeURIComponent(canary)}`,
          ])
            await siege().ask('GET', path, { as: 'ada' })
          await siege().ask('POST', '/auth/password/reset', { json: { token: canary, password: 'short' } })
          await siege().ask('POST', '/auth/second-factor', { json: { challenge: canary, code: '123456' } })
        }
        quiet()
      })

      test('class 11: a day with encrypted values: what is refused, fails, is repeated and is repaired tells none of them', async () => {
        const { ids } = siege()
        const values = {
          number: told('canary-number-81', 'a number'),
          mail: told('canary-mail@clinic.example', 'an address'),
          diagnosis: told('canary-diagnosis-82', 'a diagnosis'),
          chart: { blood: told('canary-blood-83', 'a member of a document') },
        }
        const own = [values.number, values.mail, values.diagnosis, values.chart.blood]
        const phone = told('canary-phone-84', 'a phone number')
        const headers = { 'Idempotency-Key': 'day' }
        const json = { name: 'A', ...values, visits: [{ finding: told('canary-finding-85', 'a finding') }] }
        const made = await ask('POST', '/patients', { as: 'ada', json, headers }, [...own, 'canary-finding-85'])
        assert.equal(made.status, 201, made.text)
        const again = await ask('POST', '/patients', { as: 'ada', json, headers }, [...own, 'canary-finding-85'])
        assert.equal(again.headers.get('idempotent-replayed'), 'true')
        await ask('POST', '/patients', { as: 'ada', json: { ...json, room: 2 }, headers })
        await ask('PUT', '/api/phone', { as: 'ada', json: { phone } }, [phone])
        const { id } = made.json
        const mistakes: readonly [string, string, unknown][] = [
          ['POST', '/patients', { ...json, unknown: values.diagnosis }],
          ['POST', '/patients', { ...json, number: `${values.number}${'x'.repeat(50)}` }],
          ['POST', '/patients', { ...json, chart: { blood: [values.chart.blood] } }],
          ['POST', '/patients', { ...json, visits: [{ finding: 'canary-finding-85'.repeat(40) }] }],
          ['POST', '/patients', json],
          ['POST', '/patients/batch', { items: [json, { name: 'B', number: values.number }] }],
          ['PATCH', `/patients/${id}`, { diagnosis: { of: values.diagnosis } }],
          ['PATCH', `/patients/${ids.ada}`, { diagnosis: values.diagnosis }],
          ['PUT', '/devices/by/code/a', { serial: { of: values.number } }],
          ['POST', '/api/fail', { phone, how: 'throws' }],
          ['POST', '/api/fail', { phone, how: 'answers' }],
          ['POST', '/api/fail', { phone, how: phone }],
          ['POST', '/batch', { operations: [{ operation: 'patient.create', input: { data: json } }] }],
        ]
        for (const [method, path, body] of mistakes) {
          const answer = await ask(method, path, { as: 'ada', json: body })
          assert.ok(answer.status >= 400 || path === '/patients/batch', `${method} ${path} ${answer.status}`)
        }
        await ask('POST', '/patients', {
          as: 'ada',
          headers: { 'Content-Type': 'application/json' },
          body: `{"number":"${values.number}",`,
        })
        // Others are told nothing of it, and he who may not read the diagnosis not that.
        for (const as of ['bob', 'eve', undefined] as const)
          for (const path of [
            `/patients/${id}`,
            `/patients?number=${values.number}`,
            '/api/cards',
            `/patients/${id}/history`,
          ])
            await ask(
              'GET',
              path,
              { as },
              as === 'eve' ? own.filter((one) => one !== values.diagnosis).concat(phone, 'canary-finding-85') : [],
            )
        const filters = [
          `number=${values.number}`,
          `number[contains]=canary`,
          `diagnosis=${values.diagnosis}`,
          `sort=${values.diagnosis}`,
        ]
        for (const query of filters) await siege().ask('GET', `/patients?${query}`, { as: 'ada' })
        await siege().rows(`update patient set diagnosis = 'AAAA' where id = '${id}'`)
        assert.equal((await ask('GET', `/patients/${id}`, { as: 'ada' })).json.code, 'sealed-value')
        await siege().rows(`update patient set diagnosis = null where id = '${id}'`)
        const { left, resealed } = await rotate(siege().backend)
        clean(JSON.stringify([left, resealed, await secretStatus(siege().backend)]), 'a rotation')
        quiet()
      })

      test('what the app says of itself holds no secret: manifest, description, reference, rights, health', async () => {
        for (const path of [
          '/openapi.json',
          '/docs',
          '/health/ready',
          '/health/live',
          '/auth/keys',
          '/auth/sessions',
          '/me/permissions',
          '/auth/events',
        ])
          await ask('GET', path, { as: 'ada' })
        clean(JSON.stringify(siege().backend.manifest), 'the manifest')
        quiet()
      })

      test('the database holds none of it in clear, not even what waits to be sent or to be repeated', async () => {
        const all = await siege().everything()
        for (const [name, canary] of canaries) assert.ok(!all.includes(canary), `the database holds ${name}`)
        const [mail] = await siege().rows('select count(*) from bede.mail')
        assert.notEqual(mail?.[0], '0', 'a mail waits')
        quiet()
        for (const logged of ['The handler fails', 'does not answer', '"sealed-value"', 'ECONNREFUSED', '"debug"'])
          assert.ok(
            [...kept].some((line) => line.includes(logged)),
            `${logged} is logged`,
          )
      })
    })
  }
}
