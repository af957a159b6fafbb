import { checkMessage, type Mail, MailFailure, type MailMessage } from '../identity/mail/mail.ts'

/** A mail that was kept instead of sent. */
export interface KeptMail extends MailMessage {
  readonly at: Date
}

/** Keeps mails in memory, where a page shows them: what development has instead of people's mailboxes. */
export interface Mailbox extends Mail {
  /** The newest first. */
  list(): readonly KeptMail[]
}

/** Mails kept; the oldest go first. Some 10 KB each. */
const most = 500

/** `kept`: called with each mail. */
export function createMailbox(kept: (mail: KeptMail) => void = () => {}): Mailbox {
  const mails = new Map<string, KeptMail>()
  return {
    name: 'mailbox',
    async send(message, signal) {
      checkMessage(message)
      if (signal.aborted) throw new MailFailure('it was stopped', { permanent: false })
      // As in a real one, what comes twice is there twice; here it can be told by its id.
      mails.delete(message.id)
      const mail = { ...message, at: new Date() }
      mails.set(message.id, mail)
      const [oldest] = mails.keys()
      if (mails.size > most && oldest !== undefined) mails.delete(oldest)
      kept(mail)
    },
    list: () => [...mails.values()].reverse(),
    async close() {},
  }
}
