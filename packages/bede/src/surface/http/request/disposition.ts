/** What a part of a form says of itself (RFC 7578 §4.2). */
export interface Disposition {
  readonly name: string
  readonly filename?: string
}

/** One parameter: a token, or text in quotes in which only a quote is escaped. It cannot match in two ways. */
const parameter = /;[ \t]*([\w!#$&+^`|~.-]+\*?)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))[ \t]*/y

/**
 * Reads a Content-Disposition of a part, as bytes in Latin-1; undefined: it is none, names nothing, or says something
 * twice, which readers understand differently (class 76).
 */
export function dispositionOf(header: string): Disposition | undefined {
  const start = /^form-data[ \t]*/i.exec(header)
  if (!start) return undefined
  const found = new Map<string, string>()
  parameter.lastIndex = start[0].length
  while (parameter.lastIndex < header.length) {
    const [, name = '', quoted, token = ''] = parameter.exec(header) ?? []
    const key = name.toLowerCase()
    if (key === '' || found.has(key)) return undefined
    found.set(key, quoted?.replaceAll('\\"', '"') ?? token)
  }
  const name = decoded(found.get('name') ?? '')
  if (name === undefined || name === '') return undefined
  const filename = found.get('filename')
  const extended = /^utf-8'[\w-]*'(.*)$/i.exec(found.get('filename*') ?? '')?.[1]
  const said = filename === undefined ? extended && unescaped(extended) : (decoded(filename) ?? '')
  return { name, ...(said !== undefined && { filename: said }) }
}

/** As UTF-8, which is how browsers write it; undefined: it is something else. */
function decoded(latin: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin, 'latin1'))
  } catch {
    return undefined
  }
}

/** RFC 8187 §3.2. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
