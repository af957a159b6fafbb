/** How a body of a media type is read. */
export type BodyKind = 'json' | 'form' | 'multipart' | 'text'

export const formMedia = 'application/x-www-form-urlencoded'
export const multipartMedia = 'multipart/form-data'

/** JSON under any of its names (RFC 6839 §3.1), a form, a form with files; everything else is text to those who take it. */
export function bodyKind(media: string): BodyKind {
  const essence = media.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (essence === formMedia) return 'form'
  if (essence === multipartMedia) return 'multipart'
  return essence === 'application/json' || essence.endsWith('+json') ? 'json' : 'text'
}
