import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailDeclaration } from '../../src/declare/mail.ts'
import { anyone, app, defineSchema, id, link, model, resources, text } from '../../src/index.ts'
import { htmlOfText } from '../../src/manifest/mail/placeholders.ts'
import { mailTemplates } from '../../src/manifest/mail/templates.ts'
import { readManifest } from '../../src/manifest/read.ts'
import { isProblem, type ProblemDetail } from '../../src/telemetry/problem.ts'

const schema = defineSchema({ note: model({ id: id<'note'>(), title: text() }) })
const { note: Notes } = resources<typeof schema, Record<never, never>>(schema, {})
const notes = { notePolicy: Notes.policy(() => ({ read: anyone })) }

const linked = (mail: MailDeclaration) => link(app({ name: 'shop', schema, mail, use: { notes } })).manifest

function mistakes(mail: unknown): readonly ProblemDetail[] {
  try {
    linked(mail as MailDeclaration)
  } catch (error) {
    if (isProblem(error)) return error.details
    throw error
  }
  return []
}

const reset = { subject: 'Neues Passwort', text: 'Passwort wählen:\n{{link}}\n\nGilt {{expires}}.' }

test('templates are part of the manifest, and are read again from its JSON', () => {
  const manifest = linked({ name: 'Der Laden', language: 'de', templates: { de: { 'reset-password': reset } } })
  assert.deepEqual(manifest.mail, {
    name: 'Der Laden',
    language: 'de',
    templates: { de: { 'reset-password': { ...reset, html: htmlOfText(reset.text) } } },
  })
  assert.deepEqual(readManifest(JSON.parse(JSON.stringify(manifest))), manifest)
  assert.equal(linked({}).mail?.name, 'shop')
})

test('HTML that a text makes has its link as a button and in full, its code large, and everything else escaped', () => {
  assert.equal(
    htmlOfText('Hello <b> & "you"\nsecond line\n\nChoose it:\n{{link}}\n\n{{code}}\n'),
    [
      '<p>Hello &lt;b&gt; &amp; &quot;you&quot;<br>second line</p>',
      '<p><a class="button" href="{{link}}">Choose it</a></p>',
      '<p class="address">{{link}}</p>',
      '<p class="code">{{code}}</p>',
    ].join('\n'),
  )
})

test('every template of Bede’s own holds to the rules for those of an app', () => {
  const own = Object.fromEntries(
    Object.entries(mailTemplates).map(([name, { subject, text: said }]) => [name, { subject, text: said }]),
  )
  assert.deepEqual(mistakes({ templates: { 'en-GB': own } }), [])
})

test('class 72: what is no placeholder of the template refuses the start, whatever another engine would make of it', () => {
  const wrong = (part: object) =>
    mistakes({ templates: { de: { 'reset-password': { ...reset, ...part } } } }).map(({ place, message }) => [
      place.replace('mail.templates.de.reset-password.', ''),
      message,
    ])
  const link = 'Passwort wählen:\n{{link}}\n\n'
  for (const stray of [
    '{{constructor.constructor("return process")()}}',
    '{{this}}{{/each}}',
    '{{#if x}}',
    '{{{link}}}',
    '{{ 7 * 7 }}',
    '{{link | safe}}',
    '{{__proto__}}',
    '{{}}',
    '{{link',
    'link}}',
    '{{\nlink\n.x}}',
  ])
    assert.match(
      wrong({ text: `${link}${stray}` }).find(([place]) => place === 'text')?.[1] ?? '',
      /is no placeholder|There is no value/,
      stray,
    )
  // These mean something to other engines and nothing here: they are text.
  for (const harmless of ['<%= process.env %>', `\${process.env}`, '#{7*7}', '{% raw %}', '[[link]]', '*|LINK|*'])
    assert.deepEqual(wrong({ text: `${link}${harmless}` }), [], harmless)
  assert.deepEqual(wrong({ text: `${link}{{name}}`, html: link }), [
    ['text', 'There is no value {{name}} in this mail'],
  ])
})

test('class 72: a template without what it is sent for, or with a value where escaping does not hold, is refused', () => {
  const of = (part: object) => mistakes({ templates: { de: { 'reset-password': { ...reset, ...part } } } })
  const places = (part: object) => of(part).map(({ place }) => place.split('.').at(-1))
  assert.deepEqual(places({ text: 'Gilt {{expires}}.' }), ['text', 'html'])
  assert.deepEqual(places({ html: '<p>Gilt {{expires}}.</p>' }), ['html'])
  assert.deepEqual(places({ subject: 'Hier: {{link}}' }), ['subject'])
  assert.deepEqual(places({ subject: 'Hier\r\nBcc: eve@example.com' }), ['subject'])
  assert.deepEqual(places({ html: '<p><a href="{{link}}">so</a></p>' }), [])
  for (const html of [
    '<p><a href={{link}}>so</a></p>',
    '<p><a href="https://evil.example/{{link}}">so</a></p>',
    '<p><a href="{{link}}&x">so</a></p>',
    '<p><a title="{{expires}}" href="{{link}}">so</a></p>',
    '<p><img src="{{link}}">{{link}}</p>',
    '<p {{expires}}>{{link}}</p>',
    '<script>const link = "{{link}}"</script>',
    '<SCRIPT src="x"></SCRIPT>{{link}}',
    '<style>p { color: red }</style>{{link}}',
    '<p onclick="x()">{{link}}</p>',
    '<p/onclick="x()">{{link}}</p>',
    '<!-- {{link}} -->',
    '<base href="https://evil.example">{{link}}',
    '<form action="https://evil.example">{{link}}</form>',
    '<meta http-equiv="refresh" content="0">{{link}}',
  ])
    assert.ok(places({ html }).includes('html'), html)
})

test('a language, a template or a part that is none is refused, all at once and with what was probably meant', () => {
  const found = mistakes({
    name: 'two\nlines',
    language: 'deutsch!',
    templates: {
      'DE-de': { 'reset-password': reset },
      de: { 'reset-pasword': reset, 'magic-link': { subject: 'x' }, 'verify-email': { subject: '', text: '{{link}}' } },
    },
  })
  assert.deepEqual(
    found.map(({ place, hint }) => [place, hint]),
    [
      [
        'mail.templates.de.magic-link',
        "Write { subject: '…', text: '…' }, and html where the text alone does not make it.",
      ],
      ['mail.name', 'Take line breaks out.'],
      ['mail.language', "For example: 'de' or 'pt-BR'"],
      ['mail.templates.DE-de', 'For example: de-DE'],
      ['mail.templates.de.reset-pasword', "Perhaps you meant 'reset-password'."],
      ['mail.templates.de.verify-email.subject', 'Take line breaks out.'],
    ],
  )
  assert.deepEqual(
    mistakes({ templates: { de: { 'reset-password': { ...reset, text: `{{link}}${'x'.repeat(30_000)}` } } } }).map(
      ({ code }) => code,
    ),
    ['invalid-limit'],
  )
})
