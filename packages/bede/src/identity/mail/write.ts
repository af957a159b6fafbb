import { languageTag } from '../../manifest/mail/language.ts'
import { fill, htmlOfText, type Placeholders, readPlaceholders } from '../../manifest/mail/placeholders.ts'
import {
  builtInLanguage,
  commonValues,
  type MailValue,
  mailTemplates,
  valuesOf,
} from '../../manifest/mail/templates.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { html } from '../../toolkit/html/html.ts'
import { layout } from './layout.ts'
import { checkMessage, MailFailure, type MailMessage, type Sender } from './mail.ts'
import { said } from './values.ts'

/** A mail as it waits: what it is about, and not yet what it says. */
export interface Draft {
  readonly id: string
  readonly to: string
  readonly template: string
  readonly values: Readonly<Record<string, string>>
  readonly language: string | null
}

/** What the place gives, and no request (class 56). */
export interface Letterhead {
  readonly from: Sender
  /** What every link begins with: `https://app.example`. */
  readonly origin: string
}

/** Writes a mail out. Throws a MailFailure that is permanent for one that must not be sent. */
export type Write = (draft: Draft, head: Letterhead) => MailMessage

interface Part {
  readonly subject: Placeholders
  readonly text: Placeholders
  readonly html: Placeholders
}

type Texts = Readonly<Record<string, { readonly subject: string; readonly text: string; readonly html: string }>>

/** The templates of an app, read once: its own, and Bede's where it has none. */
export function createWriter({ name, mail }: Manifest): Write {
  const own = new Map(Object.entries(mail?.templates ?? {}).map(([language, texts]) => [language, read(texts)]))
  const builtIn = read(
    Object.fromEntries(
      Object.entries(mailTemplates).map(([template, { subject, text }]) => [
        template,
        { subject, text, html: htmlOfText(text) },
      ]),
    ),
  )
  const app = mail?.name ?? name

  /** In the language asked for, in what it is a kind of, in the app's, in English. */
  const find = (template: string, language: string | null): { part: Part; language: string } | undefined => {
    for (const tongue of [...kindsOf(language), mail?.language ?? builtInLanguage]) {
      const part = own.get(tongue)?.get(template)
      if (part) return { part, language: tongue }
    }
    const part = builtIn.get(template)
    return part && { part, language: builtInLanguage }
  }

  return ({ id, to, template, values, language }, { from, origin }) => {
    const kinds: Readonly<Record<string, MailValue>> = { ...commonValues, ...valuesOf(template) }
    const found = find(template, language)
    if (!found) throw new MailFailure('there is no such template', { permanent: true })
    const spoken = { language: found.language, origin }
    const all: Readonly<Record<string, string>> = { ...values, app }
    const value = (one: string): string => {
      const kind = Object.hasOwn(kinds, one) ? kinds[one] : undefined
      const given = Object.hasOwn(all, one) ? all[one] : undefined
      return kind === undefined || given === undefined ? '' : said[kind](given, spoken)
    }
    const plain = (part: Placeholders): string => fill(part, value)
    const subject = plain(found.part.subject)
    const body = fill(found.part.html, (one) => html`${value(one)}`.text)
    const message: MailMessage = {
      id,
      from,
      to,
      language: found.language,
      subject,
      text: `${plain(found.part.text).trim()}\n\n${app} · ${origin}\n`,
      html: layout({ language: found.language, subject, body, app, origin }),
    }
    checkMessage(message)
    return message
  }
}

const read = (texts: Texts): ReadonlyMap<string, Part> =>
  new Map(
    Object.entries(texts).map(([template, { subject, text, html: markup }]) => [
      template,
      { subject: readPlaceholders(subject), text: readPlaceholders(text), html: readPlaceholders(markup) },
    ]),
  )

/** `de-AT-1996`, `de-AT`, `de`. */
function kindsOf(language: string | null): readonly string[] {
  const parts = (languageTag(language ?? '') ?? '').split('-')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
}
