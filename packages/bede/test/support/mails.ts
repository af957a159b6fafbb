import type { Base } from '../../src/engine/boot.ts'
import { createOutbox } from '../../src/identity/mail/outbox.ts'

/** A mail that waits: what it is about, and not yet what it says. */
export interface WaitingMail {
  readonly template: string
  readonly values: Readonly<Record<string, string>>
}

/** Takes the mails to an address out of a backend that delivers none, the oldest first. */
export async function takeMails(
  { connection, planner, keys, clock }: Base,
  address: string,
): Promise<readonly WaitingMail[]> {
  const outbox = createOutbox(planner, keys)
  const rows = await connection.query({
    sql: 'select id::text from bede.mail where lower(recipient) = $1 order by id',
    params: [address.toLowerCase()],
    shape: ['id'],
  })
  const taken: WaitingMail[] = []
  for (const [id] of rows) {
    const mail = await outbox.claim(connection, id ?? '', clock(), 1)
    if (!mail?.values) continue
    taken.push({ template: mail.template, values: mail.values })
    await outbox.sent(connection, mail.id)
  }
  return taken
}
