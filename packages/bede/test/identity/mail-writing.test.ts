import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMailAddress } from '../../src/identity/mail/mail.ts'
import { readSender } from '../../src/identity/mail/sender.ts'
import { checkValue } from '../../src/identity/mail/values.ts'
import { createWriter, type Draft } from '../../src/identity/mail/write.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { small as smallManifest } from '../fixtures/small.ts'

const head = { from: { address: 'no-reply@app.example' }, origin: 'https://app.example' }
const draft: Draft = {
  id: '0192f3a4-5b6c-7d8e-9f00-112233445566',
  to: 'ada@example.com',
  template: 'reset-password',
  values: { link: '/reset?token=abc&x=1', expires: '1800' },
  language: null,
}
const german = { subject: '{{app}}: Passwort', text: 'Wählen:\n{{link}}\n\n({{expires}})' }
const manifest: Manifest = {
  ...smallManifest,
  name: 'shop',
  mail: {
    name: 'The <Shop> & Co',
    language: 'fr',
    templates: {
      de: { 'reset-password': { ...german, html: '<p>{{app}} {{link}} {{expires}}</p>' } },
      fr: { 'reset-password': { subject: 'Mot de passe', text: '{{link}}', html: '{{link}}' } },
      'pt-BR': { 'reset-password': { subject: 'Senha', text: '{{link}}', html: '{{link}}' } },
    },
  },
}

test('a mail says its values: links below the origin, lengths of time and times in its language', () => {
  const write = createWriter({ ...smallManifest, name: 'shop' })
  const { subject, text, html, language } = write(draft, head)
  assert.equal(subject, 'Choose a new password for shop')
  assert.match(text, /\nChoose a new password:\nhttps:\/\/app\.example\/reset\?token=abc&x=1\n/)
  assert.match(text, /for 30 minutes\./)
  assert.match(text, /\n\nshop · https:\/\/app\.example\n$/)
  assert.match(html, /<a class="button" href="https:\/\/app\.example\/reset\?token&#61;abc&amp;x&#61;1">/)
  assert.match(html, /^<!doctype html>\n<html lang="en" dir="auto">/)
  assert.equal(language, 'en')
  const at = write({ ...draft, template: 'password-changed', values: { at: '2026-11-21T10:20:30.123Z' } }, head)
  assert.match(at.text, /on November 21, 2026 at 10:20\sAM UTC/)
  for (const [seconds, shown] of [
    ['90', '90 seconds'],
    ['3600', '1 hour'],
    ['172800', '2 days'],
    ['129600', '36 hours'],
  ] as const)
    assert.ok(write({ ...draft, values: { ...draft.values, expires: seconds } }, head).text.includes(shown), shown)
})

test('the language is the one asked for, or what it is a kind of, or the app’s, or English', () => {
  const write = createWriter(manifest)
  const subjectIn = (language: string | null, template = 'reset-password') =>
    write({ ...draft, template, language }, head).subject
  assert.equal(subjectIn('de'), 'The <Shop> & Co: Passwort')
  assert.equal(subjectIn('de-AT-1996'), 'The <Shop> & Co: Passwort')
  assert.equal(subjectIn('DE_at'), 'Mot de passe', 'what is no language is the app’s')
  assert.equal(subjectIn('pt-br'), 'Senha')
  assert.equal(subjectIn('pt'), 'Mot de passe', 'a kind of it is not it')
  assert.equal(subjectIn('ja'), 'Mot de passe')
  assert.equal(subjectIn(null), 'Mot de passe')
  assert.equal(subjectIn('__proto__'), 'Mot de passe')
  assert.equal(subjectIn('constructor'), 'Mot de passe')
  assert.equal(subjectIn('de', 'magic-link'), 'Sign in to The <Shop> & Co')
  const inGerman = write({ ...draft, language: 'de' }, head)
  assert.match(inGerman.text, /\(30 Minuten\)/)
  assert.match(
    inGerman.html,
    /<p>The &lt;Shop&gt; &amp; Co https:\/\/app\.example\/reset\?token&#61;abc&amp;x&#61;1 30 Minuten<\/p>/,
  )
})

test('class 72: a value is text whatever it looks like: it is filled in once, escaped in HTML, and never read as a template', () => {
  const write = createWriter({ ...smallManifest, name: 'shop' })
  for (const evil of [
    '{{link}}',
    '{{constructor}}',
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><a href="//evil.example">x</a>',
    "' onmouseover=alert(1) x='",
    '<%= process.env %>',
    `\${process.env}`,
    '&lt;b&gt;',
    '$& $1 $`',
  ]) {
    checkValue('organization', 'text', evil)
    const { text, html, subject } = write(
      {
        ...draft,
        template: 'invitation',
        values: { link: '/invitation?token=abc', organization: evil, inviter: 'Ada', expires: '3600' },
      },
      head,
    )
    assert.equal(subject, `Ada invites you to ${evil}`)
    assert.ok(text.includes(`join ${evil} on shop`), evil)
    const markup = html.slice(html.indexOf('<body>'))
    assert.equal(markup.match(/<(?!\/?(?:body|div|p|a|footer|html)\b)/g), null, evil)
    assert.equal(markup.match(/<a /g)?.length, 1, evil)
    assert.equal(text.match(/token=abc/g)?.length, 1, evil)
  }
})

test('class 56: a link leads below the origin of the place and nowhere else', () => {
  const write = createWriter({ ...smallManifest, name: 'shop' })
  for (const elsewhere of [
    'https://evil.example/reset?token=abc',
    '//evil.example/reset?token=abc',
    '/\\evil.example/x',
    '\\\\evil.example/x',
    '/@evil.example\\x',
    'reset?token=abc',
    '?token=abc',
    '@evil.example/x',
    ':8080/x',
    '.evil.example/x',
    'javascript:alert(1)',
    ' /x',
    '/x\n//evil.example',
    '/x y',
    '/ü',
    '/../../x',
    '/./x',
    '',
  ]) {
    assert.throws(() => checkValue('link', 'link', elsewhere), TypeError, elsewhere)
    assert.throws(() => write({ ...draft, values: { ...draft.values, link: elsewhere } }, head), TypeError, elsewhere)
  }
  for (const fine of ['/', '/reset', '/reset?token=a_-b.c', '/a/b#token=x', '/a%20b?x=%2F%2Fevil.example'])
    assert.ok(
      write({ ...draft, values: { ...draft.values, link: fine } }, head).text.includes(`https://app.example${fine}\n`),
    )
})

test('class 78: text that a mail cannot show is refused: lines, addresses, what nobody sees', () => {
  for (const value of [
    'two\nlines',
    'two\rlines',
    'two\r\nBcc: eve@example.com',
    'two\u2028lines',
    'two\u0085lines',
    'null\0',
    'bell\u0007',
    'right\u202eleft',
    'zero\u200bwidth',
    'lone \ud800',
    '',
    '   ',
    'x'.repeat(161),
    'see https://evil.example',
    'see ftp://evil.example',
  ])
    assert.throws(
      () => checkValue('organization', 'text', value),
      (error) => isProblem(error) && error.code === 'invalid-value',
      JSON.stringify(value.slice(0, 40)),
    )
  for (const value of ['Ünïcödé & Söhne', '日本語', 'O’Brien <x>', 'x'.repeat(160)]) checkValue('name', 'text', value)
  for (const [kind, value] of [
    ['code', '12 34'],
    ['code', '<b>'],
    ['span', '0'],
    ['span', '-1'],
    ['span', '1e9'],
    ['time', 'now'],
    ['time', '2026-13-01T00:00:00Z'],
  ] as const)
    assert.throws(() => checkValue('x', kind, value), TypeError, value)
})

test('class 127: a hundred kilobytes that would be an address are looked at no further', () => {
  const long = 100_000
  for (const evil of [
    'a'.repeat(long),
    `${'a.'.repeat(long / 2)}@`,
    `a@${'a.'.repeat(long / 2)}`,
    `${'a@'.repeat(long / 2)}`,
    `${'<'.repeat(long)}`,
    `${'"'.repeat(long)}@example.com`,
    `${'('.repeat(long)}ada@example.com${')'.repeat(long)}`,
    `${'ada@example.com,'.repeat(long / 16)}`,
    `a@${'-'.repeat(long)}.example`,
  ]) {
    assert.equal(isMailAddress(evil), false)
    assert.equal(readSender(evil), undefined)
    assert.equal(readSender(`${evil}<ada@example.com>`), undefined)
    assert.throws(() => checkValue('name', 'text', evil))
  }
})

test('a sender is an address, with a name before it or without', () => {
  assert.deepEqual(readSender('no-reply@app.example'), { address: 'no-reply@app.example' })
  assert.deepEqual(readSender(' The app <no-reply@app.example> '), { name: 'The app', address: 'no-reply@app.example' })
  assert.deepEqual(readSender('<no-reply@app.example>'), { address: 'no-reply@app.example' })
  for (const wrong of [
    '',
    'The app',
    'a@app.example, b@app.example',
    'The app <no-reply@app.example>, x@y.example',
    'The app <no-reply@app.example',
    'The app <no-reply@app.example>>',
    'The <app> <no-reply@app.example>',
    'The "app" <no-reply@app.example>',
    'The app\r\nBcc: x <no-reply@app.example>',
    'root@localhost',
  ])
    assert.equal(readSender(wrong), undefined, wrong)
})
