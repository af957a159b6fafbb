import { nearest } from '../../telemetry/nearest.ts'
import { languageTag } from '../mail/language.ts'
import { readPlaceholders, strayBraces } from '../mail/placeholders.ts'
import { commonValues, type MailValue, mailTemplates, valuesOf } from '../mail/templates.ts'
import type { MailDefinition } from '../manifest.ts'
import { type Verifying, wrong } from './report.ts'
import { own, unknown } from './scope.ts'

/** What the mails say: every template known, every placeholder a value of it, and nothing left out that it is sent for. */
export function verifyMail(verifying: Verifying): void {
  const { mail } = verifying.manifest
  if (!mail) return
  verifyLine(verifying, 'mail.name', mail.name)
  verifyLanguage(verifying, 'mail.language', mail.language)
  verifyLanguageField(verifying, mail.languageField)
  for (const [language, templates] of Object.entries(mail.templates)) {
    verifyLanguage(verifying, `mail.templates.${language}`, language)
    for (const [name, text] of Object.entries(templates)) {
      const place = `mail.templates.${language}.${name}`
      const values = valuesOf(name)
      if (values) verifyText(verifying, place, text, { ...commonValues, ...values })
      else verifying.add(place, unknownTemplate(name))
    }
  }
}

/** Kinds whose values are text and no secret. */
const texts = new Set(['text', 'slug', 'choice'])

function verifyLanguageField(verifying: Verifying, name: string | undefined): void {
  if (name === undefined) return
  const { identity, models } = verifying.manifest
  const fields = (identity && own(models, identity.model)?.fields) ?? {}
  const field = own(fields, name)
  const what = identity ? `field of ${identity.model}` : 'account, and so no field'
  if (!field) verifying.add('mail.languageField', unknown('unknown-model-field', what, name, Object.keys(fields)))
  else if (!texts.has(field.type.kind))
    verifying.add(
      'mail.languageField',
      wrong('mismatched-type', `${name} is no text`, "Write text({ optional: true }), or choice(['en', 'de'])."),
    )
}

const unknownTemplate = (name: string) => {
  const meant = nearest(name, Object.keys(mailTemplates))
  return wrong(
    'invalid-name',
    `There is no mail '${name}'`,
    meant === undefined
      ? `There are ${Object.keys(mailTemplates).sort().join(', ')}.`
      : `Perhaps you meant '${meant}'.`,
  )
}

type Text = MailDefinition['templates'][string][string]
type Values = Readonly<Record<string, MailValue>>

/** Letters of one part of a template: more than anybody reads. */
const longest = 20_000

function verifyText(verifying: Verifying, place: string, { subject, text, html }: Text, values: Values): void {
  if (Math.max(subject.length, text.length, html.length) > longest) {
    verifying.add(place, wrong('invalid-limit', `A mail says at most ${longest} letters`, 'Say it in fewer.'))
    return
  }
  verifyLine(verifying, `${place}.subject`, subject)
  for (const name of verifyPlaceholders(verifying, `${place}.subject`, subject, values)) {
    const kind = values[name]
    if (kind === 'link' || kind === 'code')
      verifying.add(
        `${place}.subject`,
        wrong(
          'invalid-declaration',
          `A subject shows {{${name}}} to whoever sees the screen`,
          'Leave it to the text of the mail.',
        ),
      )
  }
  for (const [part, source] of [
    ['text', text],
    ['html', html],
  ] as const) {
    const used = verifyPlaceholders(verifying, `${place}.${part}`, source, values)
    for (const [name, kind] of Object.entries(values)) {
      if ((kind !== 'link' && kind !== 'code') || used.has(name)) continue
      verifying.add(
        `${place}.${part}`,
        wrong('invalid-declaration', `{{${name}}} is missing, and the mail is sent for it`, `Add {{${name}}}.`),
      )
    }
  }
  verifyMarkup(verifying, `${place}.html`, html, values)
}

/** The names used. */
function verifyPlaceholders(verifying: Verifying, place: string, source: string, values: Values): ReadonlySet<string> {
  const read = readPlaceholders(source)
  const stray = strayBraces(read)
  if (stray !== undefined) {
    verifying.add(
      place,
      wrong(
        'invalid-declaration',
        `${stray} is no placeholder: a mail is filled in and nothing in it is run`,
        'Write {{name}} with the name of a value.',
      ),
    )
    return new Set(read.names)
  }
  for (const name of read.names) {
    if (Object.hasOwn(values, name)) continue
    verifying.add(
      place,
      wrong(
        'invalid-name',
        `There is no value {{${name}}} in this mail`,
        `There are ${Object.keys(values)
          .map((one) => `{{${one}}}`)
          .join(', ')}.`,
      ),
    )
  }
  return new Set(read.names)
}

/** Elements whose content is not text, so that escaping a value would not keep it one, and what no mail needs. */
const refused = new Set(
  [
    'script',
    'style',
    'iframe',
    'object',
    'embed',
    'template',
    'textarea',
    'title',
    'noscript',
    'base',
    'form',
    'svg',
  ].concat(['math', 'xmp', 'link', 'meta', 'plaintext', 'frame', 'frameset']),
)

/** What stands between `<` and `>`. */
const tagsOf = (html: string): readonly string[] =>
  html
    .split('<')
    .slice(1)
    .map((rest) => rest.split('>', 1)[0] ?? '')

const isRefused = (tag: string): boolean =>
  tag.startsWith('!') ||
  refused.has(/^\/?([a-z0-9]*)/i.exec(tag)?.[1]?.toLowerCase() ?? '') ||
  /[\s"'/]on[a-z]+\s*=/i.test(tag)

/** Values stand in text, where escaping holds; in a tag there is only a link, as the whole of its href. */
function verifyMarkup(verifying: Verifying, place: string, html: string, values: Values): void {
  const tag = tagsOf(html).find(isRefused)
  if (tag !== undefined)
    verifying.add(
      place,
      wrong(
        'invalid-declaration',
        `<${tag.slice(0, 40)}> has no place in a mail`,
        'Write headings, paragraphs and lists.',
      ),
    )
  const { texts, names } = readPlaceholders(html)
  let before = ''
  for (const [index, name] of names.entries()) {
    before += texts[index] ?? ''
    if (before.lastIndexOf('<') <= before.lastIndexOf('>')) continue
    const href = /\shref="$/.test(before.slice(-7)) && (texts[index + 1] ?? '').startsWith('"')
    if (href && values[name] === 'link') continue
    verifying.add(
      place,
      wrong(
        'invalid-declaration',
        `{{${name}}} stands inside a tag`,
        'A value stands in the text; only a link also as href="{{link}}".',
      ),
    )
  }
}

function verifyLine(verifying: Verifying, place: string, line: string): void {
  if (line.trim() === '' || /\p{Cc}|\p{Zl}|\p{Zp}/u.test(line))
    verifying.add(place, wrong('invalid-declaration', 'It is one line of text', 'Take line breaks out.'))
}

function verifyLanguage(verifying: Verifying, place: string, language: string): void {
  if (languageTag(language) === language) return
  verifying.add(
    place,
    wrong(
      'invalid-name',
      `'${language}' is not a language as BCP 47 writes it`,
      `For example: ${languageTag(language) ?? "'de' or 'pt-BR'"}`,
    ),
  )
}
