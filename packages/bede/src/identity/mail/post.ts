import { mailTemplates, valuesOf } from '../../manifest/mail/templates.ts'
import type { Connection } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import { isMailAddress } from './mail.ts'
import type { Outbox } from './outbox.ts'
import { checkValue } from './values.ts'

export interface Posted {
  /** One address. */
  readonly to: string
  /** One of {@link mailTemplates}. */
  readonly template: string
  /** Exactly the values of the template. A link is a path below the origin. */
  readonly values: Readonly<Record<string, string>>
  /** BCP 47; what is none, or absent, is the app's own. */
  readonly language?: string
}

/** Where mails are handed in. */
export interface Post {
  /**
   * Writes a mail down in the transaction of `connection`: it is delivered once that has committed, at least once, and
   * never if it does not. Throws a Problem `invalid-value` for an address or a value that a mail cannot hold; throws a
   * TypeError where the template is none or does not get its values.
   */
  send(connection: Connection, mail: Posted): Promise<void>
}

export const createPost = (outbox: Outbox, clock: () => Date): Post => ({
  async send(connection, { to, template, values, language }) {
    const kinds = valuesOf(template)
    if (!kinds) throw new TypeError(`there is no mail '${template}', only ${Object.keys(mailTemplates).join(', ')}`)
    const names = Object.keys(kinds).sort().join(', ')
    if (Object.keys(values).sort().join(', ') !== names)
      throw new TypeError(`the mail ${template} takes the values ${names}`)
    for (const [name, kind] of Object.entries(kinds)) checkValue(name, kind, values[name] ?? '')
    if (!isMailAddress(to))
      throw new Problem('invalid-value', { message: 'The address is not one that mail can be sent to' })
    await outbox.write(connection, { to, template, values, language: language ?? null }, clock())
  },
})
