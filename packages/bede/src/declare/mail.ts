/** The mails that identity sends. */
export type MailTemplate =
  | 'verify-email'
  | 'already-registered'
  | 'reset-password'
  | 'magic-link'
  | 'email-code'
  | 'email-change-old'
  | 'email-change-new'
  | 'password-changed'
  | 'new-sign-in'
  | 'second-factor-changed'
  | 'invitation'

/**
 * What one mail says. `{{name}}` stands for a value of its template; nothing else in it means anything, and nothing in
 * it is run.
 */
export interface MailText {
  readonly subject: string
  readonly text: string
  /** What stands inside the page of the mail. Absent: made of the text. */
  readonly html?: string
}

/** What the mails of an app say, where they say something else than Bede does. */
export interface MailDeclaration {
  /** What the app is called in its mails; absent, its name. */
  readonly name?: string
  /** The language of those who have none of their own, as BCP 47 writes it: `de`, `pt-BR`. Absent: `en`. */
  readonly language?: string
  /** The field of an account that says its language; absent, all accounts have the app's. */
  readonly languageField?: string
  /** By language, then by template. */
  readonly templates?: Readonly<Record<string, Readonly<Partial<Record<MailTemplate, MailText>>>>>
}
