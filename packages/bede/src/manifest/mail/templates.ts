import type { MailTemplate } from '../../declare/mail.ts'

/**
 * What a value of a template is, which decides how it is checked and shown.
 * - `link`: a path of the app; shown as an address below the configured origin, and never another
 * - `code`: what is typed somewhere else
 * - `span`: whole seconds; shown as `30 minutes`
 * - `time`: RFC 3339; shown in UTC
 * - `text`: one line of text
 */
export type MailValue = 'link' | 'code' | 'span' | 'time' | 'text'

interface BuiltIn {
  readonly values: Readonly<Record<string, MailValue>>
  readonly subject: string
  readonly text: string
}

/** Values that every template may name. `app`: what the app is called in its mails. */
export const commonValues = { app: 'text' } as const satisfies Readonly<Record<string, MailValue>>

/** The language of the templates below. */
export const builtInLanguage = 'en'

/** Every template: the values that whoever sends it gives, and what it says where the app says nothing else. */
export const mailTemplates = {
  'verify-email': {
    values: { link: 'link', expires: 'span' },
    subject: 'Confirm your e-mail address for {{app}}',
    text: `Please confirm that this is your e-mail address.

Confirm the address:
{{link}}

The link works once, for {{expires}}. If you have no account with {{app}}, ignore this mail: nothing happens without the link.`,
  },
  'already-registered': {
    values: {},
    subject: 'You have an account with {{app}}',
    text: `Somebody, we hope you, tried to make an account with {{app}} for this address, and there is one already. Nothing has changed.

Sign in as you always do. If you have forgotten the password, ask for a new one where you sign in.`,
  },
  'reset-password': {
    values: { link: 'link', expires: 'span' },
    subject: 'Choose a new password for {{app}}',
    text: `Somebody, we hope you, asked for a new password for your account with {{app}}.

Choose a new password:
{{link}}

The link works once, for {{expires}}. If it was not you, ignore this mail: your password stays as it is.`,
  },
  'magic-link': {
    values: { link: 'link', expires: 'span' },
    subject: 'Sign in to {{app}}',
    text: `You asked to sign in to {{app}}. Open the link in the browser in which you asked.

Sign in:
{{link}}

The link works once, for {{expires}}. If it was not you, ignore this mail and give the link to nobody.`,
  },
  'email-code': {
    values: { code: 'code', expires: 'span' },
    subject: 'Your code for {{app}}',
    text: `Type this code where {{app}} asks for it:

{{code}}

It works once, for {{expires}}. Nobody from {{app}} will ever ask you for it. If you did not ask for a code, ignore this mail.`,
  },
  'email-change-old': {
    values: { link: 'link', email: 'text', expires: 'span' },
    subject: 'Confirm the change of your e-mail address for {{app}}',
    text: `Somebody, we hope you, asked to move your account with {{app}} from this address to {{email}}.

Confirm the change:
{{link}}

The link works once, for {{expires}}. The account moves when both addresses have confirmed. If it was not you, do not open the link, and change your password.`,
  },
  'email-change-new': {
    values: { link: 'link', expires: 'span' },
    subject: 'Confirm your new e-mail address for {{app}}',
    text: `Somebody, we hope you, asked to use this address for an account with {{app}}.

Confirm the new address:
{{link}}

The link works once, for {{expires}}. The account moves when both addresses have confirmed. If it was not you, ignore this mail.`,
  },
  'password-changed': {
    values: { at: 'time' },
    subject: 'Your password for {{app}} was changed',
    text: `The password of your account with {{app}} was changed on {{at}}. All other sessions were ended.

If it was not you, ask for a new password at once, and look through what your account shows of its sessions.`,
  },
  'new-sign-in': {
    values: { at: 'time', device: 'text' },
    subject: 'A new sign-in to {{app}}',
    text: `Somebody signed in to your account with {{app}} on {{at}}, from {{device}}.

If it was you, there is nothing to do. If not, change your password: that ends every other session.`,
  },
  'second-factor-changed': {
    values: { at: 'time', change: 'text' },
    subject: 'The second factor of your account with {{app}} was changed',
    text: `On {{at}} this was changed about the second factor of your account with {{app}}: {{change}}.

If it was not you, change your password at once and look through what your account shows of its second factors.`,
  },
  invitation: {
    values: { link: 'link', organization: 'text', inviter: 'text', expires: 'span' },
    subject: '{{inviter}} invites you to {{organization}}',
    text: `{{inviter}} invites you to join {{organization}} on {{app}}.

Accept the invitation:
{{link}}

The invitation is for this address alone and can be accepted for {{expires}}. If you do not know {{inviter}}, ignore this mail.`,
  },
} as const satisfies Readonly<Record<MailTemplate, BuiltIn>>

/** The values of a template; undefined: there is no such template. */
export function valuesOf(template: string): Readonly<Record<string, MailValue>> | undefined {
  const known: Readonly<Record<string, BuiltIn>> = mailTemplates
  return Object.hasOwn(known, template) ? known[template]?.values : undefined
}
