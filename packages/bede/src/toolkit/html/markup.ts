/**
 * HTML that is safe to send: everything put into it was escaped for the place it stands in. Made by `html` and `unsafe`
 * alone; a value that came from outside is never one.
 */
export class Html {
  /** What is sent. */
  readonly text: string
  readonly #made = true

  constructor(text: string) {
    this.text = text
  }

  static is(value: unknown): value is Html {
    return typeof value === 'object' && value !== null && #made in value
  }
}

/** Text that somebody vouches for by name. It goes out as it is, in scripts and in attributes too. */
export class Unsafe extends Html {
  readonly why: string

  constructor(why: string, text: string) {
    super(text)
    this.why = why
  }
}

/**
 * `unsafe('our own style, a constant', style)`: text that goes out as it is, with the reason why that is right. It is
 * the only way around escaping, so that a search for `unsafe(` finds every one. Throws a TypeError without a reason.
 */
export function unsafe(why: string, text: string): Html {
  if (why.trim() === '') throw new TypeError("unsafe needs a reason: unsafe('why this text cannot do harm', text)")
  return new Unsafe(why, text)
}

// The characters that can end text or an attribute value, quoted or not, in HTML (whatwg §13.1.2.3, OWASP).
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  '=': '&#61;',
}

/** Text as it is shown, in HTML text and in attribute values. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"'`=]/g, (character) => entities[character] ?? '')
