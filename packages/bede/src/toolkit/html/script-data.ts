/** A value as a script and as JSON reads it, for the inside of `<script>`. */
export class ScriptData {
  readonly text: string
  readonly #made = true

  constructor(text: string) {
    this.text = text
  }

  static is(value: unknown): value is ScriptData {
    return typeof value === 'object' && value !== null && #made in value
  }
}

/** What could end the script or its line, as escapes of JSON (RFC 8259 §7), which mean the same. */
const hidden = /[<>&\u2028\u2029]/g

/**
 * A value for `<script type="application/json">`, or for a script of the page's own: JSON in which nothing can end the
 * script. What JSON cannot say (a function, a circle, a bigint) is a TypeError.
 */
export function scriptData(value: unknown): ScriptData {
  const text: unknown = JSON.stringify(value)
  if (typeof text !== 'string') throw new TypeError(`scriptData takes what JSON can say, not a ${typeof value}`)
  return new ScriptData(
    text.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}
