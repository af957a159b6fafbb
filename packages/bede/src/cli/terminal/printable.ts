// Control characters, and the Unicode ones that turn the direction of text around: a terminal would obey them.
const obeyed = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** A text from outside as a terminal may show it: what a terminal would obey is written out (`\u001b`). Keeps line ends if asked to. */
export function printable(text: string, keep: 'lines' | 'nothing' = 'nothing'): string {
  return text.replace(obeyed, (sign) =>
    sign === '\n' && keep === 'lines' ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
