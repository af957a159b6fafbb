import type { MailDeclaration } from '../../declare/mail.ts'
import { htmlOfText } from '../mail/placeholders.ts'
import { builtInLanguage } from '../mail/templates.ts'
import type { MailDefinition } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'

/** What the app's mails say. A template without HTML gets what its text makes. */
export function linkMail(declared: MailDeclaration, app: string, mistakes: Mistakes): MailDefinition {
  const { name = app, language = builtInLanguage, languageField, templates = {} } = declared
  const linked: Record<string, Record<string, { subject: string; text: string; html: string }>> = {}
  for (const [tongue, texts] of Object.entries(templates)) {
    const kept: Record<string, { subject: string; text: string; html: string }> = {}
    for (const [template, said] of Object.entries(texts)) {
      const { subject, text, html = typeof text === 'string' ? htmlOfText(text) : '' } = said
      // The compiler does not see every declaration: Node runs files whose types are wrong.
      if ([subject, text, html].every((part) => typeof part === 'string')) kept[template] = { subject, text, html }
      else
        mistakes.add(
          `mail.templates.${tongue}.${template}`,
          'invalid-declaration',
          'A mail has a subject and a text',
          "Write { subject: '…', text: '…' }, and html where the text alone does not make it.",
        )
    }
    linked[tongue] = kept
  }
  return { name, language, ...(languageField !== undefined && { languageField }), templates: linked }
}
