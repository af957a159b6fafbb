import type { SentFile } from '../inventory/made-up-file.ts'
import { type Draft, fieldsOf } from '../inventory/request.ts'
import type { Person, Shown } from '../world/person.ts'
import type { Change } from './changes.ts'

/** A request that was sent, and what came of it. */
export interface Exchange {
  readonly draft: Draft
  readonly as: Person
  readonly shown: Shown | undefined
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** What was written, by the time it was answered. */
  readonly changes: readonly Change[]
  /** Milliseconds for which this process, which serves the app, has worked meanwhile: other programs do not count. */
  readonly worked: number
}

export const succeeded = ({ status }: Exchange): boolean => status >= 200 && status < 400

/** The request as somebody types it. The credential's own text is left out: it belongs to a database that is gone. */
export function asCurl({ draft, as, shown }: Pick<Exchange, 'draft' | 'as' | 'shown'>): string {
  const headers = Object.entries(draft.headers).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`)
  const credential = shown ? [` -H ${quoted(`${Object.keys(shown.headers)[0]}: <${shown.kind} of ${as.name}>`)}`] : []
  const body = bodyWords(draft)
  const piped = inPipe(draft)
  const fed = piped ? `echo ${Buffer.from(piped.bytes).toString('base64')} | base64 -d | ` : ''
  return `${fed}curl -X ${draft.method} ${quoted(`$ORIGIN${draft.target}`)}${[...credential, ...headers, ...body].join('')}`
}

/** Bytes that fit into a line that somebody copies. */
const longestPiped = 2_048

/** The one small file of a request: it is part of the command, which then needs no other. */
function inPipe({ files = [] }: Draft): SentFile | undefined {
  const [only, ...more] = files
  return only && more.length === 0 && only.bytes.length <= longestPiped ? only : undefined
}

const quoted = (text: string): string =>
  text.startsWith('$ORIGIN')
    ? `"$ORIGIN"'${text.slice(7).replaceAll("'", `'\\''`)}'`
    : `'${text.replaceAll("'", `'\\''`)}'`

function bodyWords(draft: Draft): readonly string[] {
  const { body, form, files = [] } = draft
  const piped = inPipe(draft)
  if (form === 'multipart')
    return [
      ...fieldsOf(body).map(([name, value]) => ` -F ${quoted(`${name}=${value}`)}`),
      ...files.map(({ field, name, type }) =>
        piped
          ? ` -F ${quoted(`${field}=@-;filename="${name}";type=${type}`)}`
          : ` -F ${quoted(`${field}=@${name};type=${type}`)}`,
      ),
    ]
  if (form === 'alone') return files.map(({ name }) => ` --data-binary ${piped ? '@-' : quoted(`@${name}`)}`)
  if (form === 'urlencoded')
    return fieldsOf(body).map(([name, value]) => ` --data-urlencode ${quoted(`${name}=${value}`)}`)
  return body === undefined ? [] : [` --data ${quoted(typeof body === 'string' ? body : JSON.stringify(body))}`]
}
