import { answer, type Reply } from '../../declare/reply.ts'
import { text } from '../../model/fields.ts'

/**
 * What shows that the browser which redeems is the one that asked: 256 random bits that it was given, in a cookie that
 * no script reads. A client without cookies is given the same in the answer, and sends it back in the body.
 */
export const bindingCookie = '__Host-bede-asked'

/** As an input: from the body, else from the cookie. */
export const binding = text({ optional: true, min: 1, max: 100 })

/** The form of the answer to whoever asks. */
export const asked = { binding: text() }

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

/** The answer to whoever asks, whoever has that address. `lasts`: seconds. */
export const bound = (value: string, lasts: number): Reply<{ readonly binding: string }> =>
  answer({
    status: 202,
    headers: { 'Set-Cookie': `${bindingCookie}=${value}; Max-Age=${lasts}; ${attributes}` },
    body: { binding: value },
  })
