import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMailing } from '../../src/identity/mail/mailing.ts'
import {
  type ActorOf,
  app,
  choice,
  createMailbox,
  defineSchema,
  email,
  id,
  integer,
  link,
  model,
  nobody,
  ref,
  resources,
  secret,
  start,
  text,
} from '../../src/index.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { testStores } from '../support/stores.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true }),
  password: secret({ private: true }),
  locale: text({ optional: true }),
  tongue: choice(['de', 'fr'], { default: 'fr' }),
  age: integer({ default: 0 }),
})
const schema = defineSchema({ user })
const actor = { id: ref('user') }
interface Models extends Readonly<typeof schema> {}
interface Actor extends ActorOf<typeof actor> {}
const { user: Users } = resources<Models, Actor>(schema, actor)
const users = {
  userPolicy: Users.policy(() => ({ read: nobody })),
  identity: Users.identity({ register: ['locale', 'tongue', 'age'] }),
}
const said = (word: string) => ({ 'password-changed': { subject: word, text: '{{at}}' } })
const shop = (languageField?: string, use = { users }) =>
  app({
    name: 'shop',
    schema,
    use,
    mail: {
      language: 'en',
      ...(languageField === undefined ? {} : { languageField }),
      templates: { de: said('Deutsch'), fr: said('Français') },
    },
  })

for (const { name, url, skip } of await testStores())
  for (const [languageField, expected] of [
    ['locale', { 'ada@example.com': 'Deutsch', 'bob@example.com': 'Your password for shop was changed' }],
    ['tongue', { 'ada@example.com': 'Français', 'bob@example.com': 'Deutsch' }],
    [
      undefined,
      {
        'ada@example.com': 'Your password for shop was changed',
        'bob@example.com': 'Your password for shop was changed',
      },
    ],
  ] as const)
    test(`a mail is in the language of the account it goes to, by ${languageField}, on ${name}`, {
      skip,
    }, async (t) => {
      const box = createMailbox()
      const backend = await start(shop(languageField), { database: url, mode: 'development', log: silent })
      const mailing = createMailing(backend)
      t.after(async () => {
        await mailing.stop()
        await backend.close()
      })
      const password = 'correct horse battery staple'
      await backend.call('auth.register', { email: 'Ada@example.com', password, locale: 'de-AT', tongue: 'fr', age: 0 })
      await backend.call('auth.register', {
        email: 'bob@example.com',
        password,
        locale: 'x; drop',
        tongue: 'de',
        age: 0,
      })
      mailing.deliver({ by: box, from: { address: 'no-reply@shop.example' }, origin: 'https://shop.example' })
      const send = (to: string, language?: string) =>
        backend.connection.transaction((connection) =>
          mailing.post.send(connection, {
            to,
            template: 'password-changed',
            values: { at: '2026-11-21T10:20:30Z' },
            ...(language === undefined ? {} : { language }),
          }),
        )
      await send('ADA@example.com')
      await send('bob@example.com')
      await send('stranger@example.com')
      await send('french@example.com', 'fr-CA')
      const patience = Date.now() + 30_000
      while (box.list().length < 4) {
        assert.ok(Date.now() < patience)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      assert.deepEqual(Object.fromEntries(box.list().map(({ to, subject }) => [to.toLowerCase(), subject])), {
        ...expected,
        'stranger@example.com': 'Your password for shop was changed',
        'french@example.com': 'Français',
      })
      await backend.connection.query({ sql: 'delete from "user"', params: [], shape: [] })
    })

test('a language that no account could say is refused', () => {
  const refusal = (languageField: string) => {
    try {
      link(shop(languageField))
    } catch (error) {
      if (isProblem(error)) return error.details.map(({ place, code, hint }) => [place, code, hint])
      throw error
    }
    return []
  }
  assert.deepEqual(refusal('locael'), [['mail.languageField', 'unknown-model-field', "Perhaps you meant 'locale'."]])
  assert.deepEqual(
    refusal('age').map(([, code]) => code),
    ['mismatched-type'],
  )
  assert.deepEqual(
    refusal('password').map(([, code]) => code),
    ['mismatched-type'],
  )
  assert.deepEqual(refusal('tongue'), [])
})
