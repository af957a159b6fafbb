import type { Brought } from '../../manifest/link/identity.ts'
import { Problem } from '../../telemetry/problem.ts'

/**
 * A backend whose mails could never leave does not start (class 103): people would wait for links that nobody sends.
 * Throws a Problem `invalid-setting` that names the operations which send some.
 */
export function requireMail(operations: Readonly<Record<string, Brought>>): void {
  const sending = Object.entries(operations).flatMap(([name, { mails = [] }]) => (mails.length > 0 ? [name] : []))
  if (sending.length === 0) return
  throw new Problem('invalid-setting', {
    message: `No mail can be sent, and ${sending.join(', ')} ${sending.length === 1 ? 'sends' : 'send'} some.`,
    hint: 'Set BEDE_MAIL_URL=smtp://user:password@host:587, BEDE_MAIL_FROM=no-reply@app.example and BEDE_ORIGIN=https://app.example.',
  })
}
