import { readSmtpAddress } from '../../adapters/smtp-address.ts'
import type { Sender } from '../../identity/mail/mail.ts'
import { readSender } from '../../identity/mail/sender.ts'
import { isLoopback } from '../../surface/http/edge/listen-address.ts'
import { isProblem, Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import type { Environment } from './reading.ts'

/** How mails leave, as far as the environment says it. */
export interface MailSettings {
  /** The address of the server that takes mail, with its password. */
  readonly url: string
  readonly from: Sender
}

/**
 * `BEDE_MAIL_URL` and `BEDE_MAIL_FROM`, which want `BEDE_ORIGIN` beside them; undefined: nothing is said about mail.
 * Throws a Problem `invalid-setting` with everything that is wrong, one detail each, and no password in any.
 */
export function mailSettings({ BEDE_MAIL_URL, BEDE_MAIL_FROM, BEDE_ORIGIN }: Environment): MailSettings | undefined {
  const details: ProblemDetail[] = []
  const mistake = (place: string, message: string, hint: string): void => {
    details.push({ place, code: 'invalid-setting', message: `${place} ${message}`, hint })
  }
  const url = BEDE_MAIL_URL || undefined
  const from = BEDE_MAIL_FROM ? readSender(BEDE_MAIL_FROM) : undefined
  if (url) {
    try {
      readSmtpAddress(url)
    } catch (error) {
      if (!isProblem(error)) throw error
      mistake('BEDE_MAIL_URL', 'is not the address of a server that takes mail.', error.hint ?? '')
    }
    if (!BEDE_MAIL_FROM) mistake('BEDE_MAIL_FROM', 'is missing beside BEDE_MAIL_URL.', `For example: ${fromForm}`)
    if (!BEDE_ORIGIN) mistake('BEDE_ORIGIN', 'is missing beside BEDE_MAIL_URL.', `For example: ${originForm}`)
  } else if (BEDE_MAIL_FROM)
    mistake(
      'BEDE_MAIL_URL',
      'is missing beside BEDE_MAIL_FROM.',
      'For example: BEDE_MAIL_URL=smtp://user:password@host:587',
    )
  if (BEDE_MAIL_FROM && !from)
    mistake('BEDE_MAIL_FROM', 'is not one address, with a name or without.', `For example: ${fromForm}`)
  if (details.length > 0) throw new Problem('invalid-setting', { message: 'No mail can be sent like this.', details })
  return url && from ? { url, from } : undefined
}

const fromForm = 'BEDE_MAIL_FROM=The app <no-reply@app.example>'
const originForm = 'BEDE_ORIGIN=https://app.example'

/**
 * `BEDE_ORIGIN`: where people reach the app, and what every link it sends begins with; never taken from a request
 * (class 56). Undefined where it is not said. Throws a Problem `invalid-setting`.
 */
export function originSettings({ BEDE_ORIGIN: text }: Environment): string | undefined {
  if (!text) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const near = isLoopback(url?.hostname.replace(/^\[|\]$/g, '') ?? '')
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && near)
  if (url && safe && (text === url.origin || text === `${url.origin}/`)) return url.origin
  const place = 'BEDE_ORIGIN'
  const message = 'BEDE_ORIGIN is not the origin at which people reach the app.'
  const hint = `For example: ${originForm}. A scheme, a name in lower case and a port that is not the usual one; http:// is for this machine alone.`
  throw new Problem('invalid-setting', { message, hint, details: [{ place, code: 'invalid-setting', message, hint }] })
}
