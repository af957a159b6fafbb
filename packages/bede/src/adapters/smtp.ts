import { checkMessage, type Mail, MailFailure } from '../identity/mail/mail.ts'
import { loadNodemailer } from './nodemailer.ts'
import { readSmtpAddress, type SmtpServer } from './smtp-address.ts'

/** Milliseconds to have a connection with its name looked up, to be greeted, and without a byte. */
const connectionTimeout = 10_000
const greetingTimeout = 10_000
const socketTimeout = 20_000

export interface SmtpOptions {
  /** Certificates (PEM) that a server's own may be signed with, instead of those that Node trusts. */
  readonly ca?: string
}

/**
 * Sends over SMTP (RFC 5321), each mail on a connection of its own: `await smtpMail('smtp://user:password@host:587')`. For
 * the form of the address see {@link readSmtpAddress}. Throws the Problem `invalid-setting` where the address is none or
 * the package `nodemailer` is not installed.
 */
export async function smtpMail(address: string, { ca }: SmtpOptions = {}): Promise<Mail> {
  const server = readSmtpAddress(address)
  const { host, port, tls, user, password } = server
  const createTransport = await loadNodemailer()
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    ...(user === undefined ? {} : { auth: { user, pass: password }, forceAuth: true }),
    connectionTimeout,
    greetingTimeout,
    socketTimeout,
    dnsTimeout: connectionTimeout,
    // Nothing that stands in a mail is ever a file or an address to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    name: nameOf(server),
    async send(message, signal) {
      checkMessage(message)
      const { id, from, to, language, subject, text, html } = message
      try {
        await transport.sendMail({
          // Whole addresses, as parts: there is nothing to take apart in them.
          envelope: { from: from.address, to: [to] },
          from: { name: from.name ?? '', address: from.address },
          to: { name: '', address: to },
          subject,
          text,
          html,
          messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
          // RFC 3834 §5: nobody's absence is answered to a machine.
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
          xMailer: false,
          signal,
        })
      } catch (error) {
        throw failureOf(error)
      }
    },
    async close() {
      transport.close()
    },
  }
}

const nameOf = ({ host, port, tls }: SmtpServer): string =>
  `${tls === 'implicit' ? 'smtps' : 'smtp'}://${host.includes(':') ? `[${host}]` : host}:${port}`

/**
 * What a server answered is told by its numbers alone: its words may repeat the mail, with the link in it. RFC 5321
 * §4.2.1: what begins with 5 would be refused again; but 503 is about the order of commands, and a sender, a name or a
 * password that is refused is put right by whoever runs this.
 */
function failureOf(error: unknown): MailFailure {
  const { code, command, response, responseCode, message }: Record<string, unknown> = Object(error)
  const named = typeof code === 'string' ? code : 'EUNKNOWN'
  if (typeof responseCode === 'number') {
    const [, status = ''] = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response)) ?? []
    return new MailFailure(`${named} ${responseCode} ${status}`.trim(), {
      permanent: (command === 'RCPT TO' || named === 'EMESSAGE') && responseCode >= 500 && responseCode !== 503,
    })
  }
  const ours = response === undefined && ownWords.has(named)
  return new MailFailure(ours ? `${named} ${String(message).slice(0, 200)}` : named, { permanent: false })
}

/** Of the network and of TLS: nothing of a server's own text, nor of the mail, is in their messages. */
const ownWords: ReadonlySet<string> = new Set(['ESOCKET', 'ETIMEDOUT', 'EDNS', 'ETLS'])
