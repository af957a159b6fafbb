import { email, emailLength } from '../../manifest/text-form.ts'

/** Who a mail is from: an address, and the name shown for it. */
export interface Sender {
  readonly name?: string
  readonly address: string
}

/** One mail, written out. */
export interface MailMessage {
  /** A UUID, the same for every attempt at this mail: whoever gets it twice can tell. */
  readonly id: string
  readonly from: Sender
  /** One address. */
  readonly to: string
  /** BCP 47. */
  readonly language: string
  /** One line. */
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** A way by which mails leave. */
export interface Mail {
  /** For people and logs. */
  readonly name: string
  /**
   * Resolves once somebody else has taken the mail over. Rejects with a {@link MailFailure}; with the signal, soon after
   * it aborts. Refuses what {@link checkMessage} refuses.
   */
  send(message: MailMessage, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Why a mail did not leave. The message holds nothing of the mail, and no secret: it is logged and kept. */
export class MailFailure extends Error {
  override readonly name = 'MailFailure'
  /** The same mail would be refused again. */
  readonly permanent: boolean
  constructor(message: string, { permanent }: { readonly permanent: boolean }) {
    super(message)
    this.permanent = permanent
  }
}

const address = new RegExp(email, 'u')
/** Control characters, and those that end a line for some readers. */
const breaks = /[\p{Cc}\p{Zl}\p{Zp}]/u
const uuid = /^[0-9a-f-]{36}$/
const language = /^[A-Za-z0-9-]{1,35}$/
/** Letters of a line; whoever sends it folds it (RFC 5322 §2.2.3). */
const longestLine = 500
/** Letters of one part: what is longer is no mail of this kind. */
const longestPart = 200_000

/** One address as fields of the kind `email` take it: no list, no name, no comment, no quotes (RFC 5321 §4.1.2). */
export const isMailAddress = (text: string): boolean => text.length <= emailLength && address.test(text)

/** One line that a header may hold. */
export const isMailLine = (text: string, longest = longestLine): boolean =>
  text.length <= longest && text.isWellFormed() && !breaks.test(text)

/**
 * Refuses a message with which anything but this mail to this address could be said: a line break in a header, a second
 * recipient (class 78). Throws a {@link MailFailure} that is permanent.
 */
export function checkMessage({ id, from, to, language: tongue, subject, text, html }: MailMessage): void {
  const sound =
    uuid.test(id) &&
    isMailAddress(from.address) &&
    isMailLine(from.name ?? '') &&
    isMailAddress(to) &&
    language.test(tongue) &&
    isMailLine(subject) &&
    [text, html].every((part) => part.length <= longestPart && part.isWellFormed() && !part.includes('\0'))
  if (!sound) throw new MailFailure('the mail is not well-formed', { permanent: true })
}
