import { Problem } from '../../../telemetry/problem.ts'

/** RFC 3986 allows fewer; what must not come is what another reader could end a line or a path with. */
const visible = /^[\x21\x22\x24-\x7e]+$/

/** Refuses a request target that is too long or holds letters that no address has. Throws a Problem `uri-too-long` or `malformed-request`. */
export function checkTarget(target: string, longest: number): void {
  if (target.length > longest)
    throw new Problem('uri-too-long', { message: `The address may have ${longest} letters.` })
  if (!visible.test(target)) {
    throw new Problem('malformed-request', {
      message: 'The address holds a letter that must be percent-encoded.',
      hint: 'Encode path segments and values with encodeURIComponent.',
    })
  }
}

/** The path of a request target in origin or absolute form (RFC 9112 §3.2), as it came. */
export function pathOf(target: string): string {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return path.startsWith('/') ? path : path.replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/]*/, '') || '/'
}

/** The authority of a request target in absolute form (RFC 9112 §3.2.2), as it came; undefined: it is in another form. */
export const authorityOf = (target: string): string | undefined =>
  target.startsWith('/') ? undefined : /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(target)?.[1]

export function queryOf(target: string): string {
  const mark = target.indexOf('?')
  return mark < 0 ? '' : target.slice(mark + 1)
}
