import { hole } from '../attacks/found.ts'
import type { Finding } from '../finding.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import { liveMarkup } from '../world/marks.ts'
import { isAttached, isSandboxed } from './served.ts'
import type { Watch } from './watch.ts'

/** The origin of a page that is nobody's business of this app. */
export const foreignOrigin = 'https://attacker.example'

const typeOf = ({ headers }: Exchange): string => headers.get('content-type') ?? ''

/** Markup that came in as data stands escaped in whatever a browser reads as markup. */
export const markup: Watch = {
  name: 'markup in names and texts is looked for, unescaped, in every page',
  classes: [142],
  applies: ({ entries }) =>
    entries.some(({ handler }) => handler) || 'no operation runs code of the app: all answers are JSON',
  see(exchange) {
    if (!/html|svg|xml/i.test(typeOf(exchange)) || !liveMarkup.test(exchange.text)) return []
    if (isAttached(exchange) || isSandboxed(exchange)) return []
    const says =
      'A page holds markup that came from data or from the caller: it runs in the browser of whoever opens it'
    const hint = 'Write pages with the html template, which escapes what is put in.'
    const at = exchange.text.search(liveMarkup)
    return [hole(142, exchange, { says, hint, evidence: exchange.text.slice(Math.max(0, at - 80), at + 80) })]
  },
}

const inside =
  /\n[^\S\n]+at [^\n]+:\d+:\d+|\bat [\w.<>]+ \((?:file|node):|syntax error at or near|relation "[^"]+"|duplicate key value violates|violates [\w-]+ constraint|\bselect [^<]{1,200} from "|insert into "|ENOENT: |EACCES: |node_modules\/|postgres(?:ql)?:\/\//i

/** Answers tell nothing of files, statements and stacks. */
export const telling: Watch = {
  name: 'every answer is searched for stacks, statements and paths of the inside',
  classes: [13],
  applies: () => true,
  see(exchange) {
    const told = inside.exec(exchange.text)?.[0]
    if (told === undefined || JSON.stringify(exchange.draft.body ?? '').includes(told)) return []
    const says = 'An answer tells of the inside: a stack, a statement or a path'
    const hint = 'Throw a Problem with words of your own, and log the error: its text is not for callers.'
    return [hole(13, exchange, { says, hint, evidence: told })]
  },
}

/** What is for one caller alone is kept by no cache that others share (RFC 9111 §5.2.2). */
export const cached: Watch = {
  name: 'answers to somebody who is signed in are not for shared caches',
  classes: [58],
  applies: ({ world }) => world.people.length > 1 || 'nobody signs in',
  see(exchange) {
    const said = exchange.headers.get('cache-control') ?? ''
    const shared =
      /\b(?:public|s-maxage)\b/i.test(said) || (/max-age=[1-9]/i.test(said) && !/\b(?:private|no-store)\b/i.test(said))
    if (!shared || !succeeded(exchange) || exchange.draft.entry.operation.auth !== 'required') return []
    const says = `An answer that only somebody who is signed in gets is marked ${said}: a cache between may give it to others`
    const hint = "Leave Cache-Control out, which is then right by itself, or say 'private'."
    return [hole(58, exchange, { says, hint, evidence: `Cache-Control: ${said}` })]
  },
}

/** No page of another site reads answers, unless its origin was named. */
export const otherSites: Watch = {
  name: 'a page of another site is not let in to read answers',
  classes: [134],
  applies: () => true,
  see({ headers, ...exchange }): readonly Finding[] {
    const allowed = headers.get('access-control-allow-origin')
    const credentials = headers.get('access-control-allow-credentials') === 'true'
    if (allowed !== foreignOrigin && !(allowed === '*' && credentials)) return []
    const says = 'A page of any other site may read the answer'
    const hint =
      "Name the origins that may: app({ cors: { origins: ['https://app.example'] } }), and set no such header in a handler."
    return [hole(134, exchange, { says, hint, evidence: `Access-Control-Allow-Origin: ${allowed}` })]
  },
}
