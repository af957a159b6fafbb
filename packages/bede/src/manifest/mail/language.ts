/** A language tag as BCP 47 writes it (RFC 5646 §4.5); undefined: it is none. */
export function languageTag(text: string): string | undefined {
  if (!/^[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/.test(text)) return undefined
  try {
    return Intl.getCanonicalLocales(text)[0]
  } catch {
    return undefined
  }
}
