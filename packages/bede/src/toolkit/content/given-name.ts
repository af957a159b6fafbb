/** The longest name that most file systems take, in letters. */
const longest = 255

/** What ends a line, hides a name's true end (bidirectional marks), or is a way into another folder. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"<>|?*:]/gu

/**
 * A name that somebody gave a file, as it may be kept and shown: its last part, without what is no letter of a name. It
 * is for people to read; nothing is ever stored or found by it (class 111). Null: nothing of it is left.
 */
export function givenName(name: string | undefined): string | null {
  if (name === undefined) return null
  const last = name.toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const fit = last.replace(unfit, '_').trim().normalize('NFC')
  const whole = /^\.*$/.test(fit) ? '' : fit
  return whole === '' ? null : Array.from(whole).slice(-longest).join('')
}
