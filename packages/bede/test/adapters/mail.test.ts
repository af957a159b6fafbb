import { createMailbox } from '../../src/adapters/mailbox.ts'
import { smtpMail } from '../../src/adapters/smtp.ts'
import { conformance } from './mail.conformance.ts'
import { cert } from './support/smtp-certificate.ts'
import { type Arrived, smtpServer } from './support/smtp-server.ts'

const seen = ({ to, mail }: Arrived) => ({
  to,
  from: { name: mail.from?.name ?? '', address: mail.from?.address ?? '' },
  subject: mail.subject ?? '',
  // The line break before the boundary of a part is the boundary's (RFC 2046 §5.1.1); how many there were is nobody's matter.
  text: (mail.text ?? '').replace(/\n+$/, '\n'),
  html: (mail.html ?? '').replace(/\n+$/, '\n'),
})

for (const tls of ['none', 'required', 'implicit'] as const)
  conformance({
    name: `SMTP, TLS ${tls}`,
    async open() {
      const server = await smtpServer({ after: () => {} }, tls === 'implicit' ? { secure: true } : {})
      const address =
        tls === 'implicit' ? `smtps://localhost:${server.port}` : `smtp://localhost:${server.port}?tls=${tls}`
      const mail = await smtpMail(address, { ca: cert })
      return {
        mail,
        arrived: () => server.arrived.map(seen),
        async close() {
          await mail.close()
          await server.close()
        },
      }
    },
  })

conformance({
  name: 'mailbox',
  async open() {
    const mailbox = createMailbox()
    return {
      mail: mailbox,
      arrived: () =>
        mailbox
          .list()
          .toReversed()
          .map(({ to, from, subject, text, html }) => ({
            to: [to],
            from: { name: from.name ?? '', address: from.address },
            subject,
            text,
            html,
          })),
      close: () => mailbox.close(),
    }
  },
})
