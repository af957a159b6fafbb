import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '../../src/cli/settings/settings.ts'
import { isProblem } from '../../src/telemetry/problem.ts'

const whole = {
  BEDE_MAIL_URL: 'smtp://app:hunter2@mail.example',
  BEDE_MAIL_FROM: 'The app <no-reply@app.example>',
  BEDE_ORIGIN: 'https://app.example',
}

/** The names of what is refused. */
const wrongIn = (environment: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readSettings(environment)
  } catch (error) {
    assert.ok(isProblem(error) && error.code === 'invalid-setting')
    assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.details]), /hunter2/)
    return error.details.map(({ place }) => place)
  }
  return []
}

test('mail is configured by three variables, or by none', () => {
  const { mail, origin } = readSettings(whole)
  assert.deepEqual(mail, { url: whole.BEDE_MAIL_URL, from: { name: 'The app', address: 'no-reply@app.example' } })
  assert.equal(origin, 'https://app.example')
  assert.equal(readSettings({}).mail, undefined)
  const alone = readSettings({ BEDE_ORIGIN: 'https://app.example', BEDE_MAIL_URL: '', BEDE_MAIL_FROM: '' })
  assert.deepEqual([alone.mail, alone.origin], [undefined, 'https://app.example'])
})

test('class 103: everything that is missing or wrong about mail is told at once, and no password with it', () => {
  assert.deepEqual(wrongIn({ BEDE_MAIL_URL: whole.BEDE_MAIL_URL }), ['BEDE_MAIL_FROM', 'BEDE_ORIGIN'])
  assert.deepEqual(wrongIn({ BEDE_MAIL_FROM: whole.BEDE_MAIL_FROM }), ['BEDE_MAIL_URL'])
  assert.deepEqual(
    wrongIn({ BEDE_MAIL_URL: 'smtp://app:hunter2@', BEDE_MAIL_FROM: 'x@y.example, z@y.example', BEDE_ORIGIN: 'x' }),
    ['BEDE_ORIGIN', 'BEDE_MAIL_URL', 'BEDE_MAIL_FROM'],
  )
})

test('class 56: an origin is a scheme and a name, over TLS beyond this machine', () => {
  for (const [text, origin] of [
    ['https://app.example', 'https://app.example'],
    ['https://app.example/', 'https://app.example'],
    ['https://app.example:8443', 'https://app.example:8443'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
  ] as const)
    assert.equal(readSettings({ BEDE_ORIGIN: text }).origin, origin)
  for (const wrong of [
    'app.example',
    'http://app.example',
    'https://app.example/path',
    'https://app.example?x',
    'https://app.example#x',
    'https://user:pass@app.example',
    'https://app.example, https://evil.example',
    'https://app.example\r\nX: y',
    ' https://app.example',
    'https://APP.example',
    'https://app.example:443',
    'ftp://app.example',
    'null',
    '//app.example',
    'https:app.example',
    'https://',
  ])
    assert.deepEqual(wrongIn({ ...whole, BEDE_ORIGIN: wrong }), ['BEDE_ORIGIN'], wrong)
})
