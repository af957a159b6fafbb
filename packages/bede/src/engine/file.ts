import { createReadStream } from 'node:fs'

/**
 * A file's bytes, as many as were promised: it is opened when somebody begins to read, so an answer that is never sent
 * holds nothing. A file that has become shorter ends in an error, for what follows on the connection would be taken for
 * the rest of it; one that has become longer is cut.
 */
export async function* fileBytes(path: string, size: number): AsyncGenerator<Buffer> {
  if (size === 0) return
  let sent = 0
  for await (const chunk of createReadStream(path, { end: size - 1 })) {
    sent += chunk.length
    yield chunk
  }
  if (sent !== size) throw new Error(`The file became shorter while it was sent: ${sent} of ${size} bytes`)
}

/** What ends a header line, and what is a way into another folder where the name is saved (classes 59 and 60). */
const unfit = /[\p{Cc}\p{Zl}\p{Zp}/\\]/gu

/**
 * The `Content-Disposition` under which a browser saves (RFC 6266 §4): a plain name for old readers, and the real one
 * in UTF-8 (RFC 8187 §3.2).
 */
export const attachment = (saveAs: string): string => disposition('attachment', saveAs)

/** The same, or `inline`, with a name where there is one. */
export function disposition(kind: 'attachment' | 'inline', saveAs: string | undefined): string {
  if (saveAs === undefined) return kind
  const name = saveAs.toWellFormed().replace(unfit, '_')
  const plain = name.replace(/[^\w. -]/g, '_')
  const exact = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`
}
