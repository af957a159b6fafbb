import { isDisplayed } from '../../../toolkit/content/displayed.ts'
import { hole } from '../attacks/found.ts'
import { liveScript } from '../attacks/hostile-files.ts'
import type { Finding } from '../finding.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import type { Watch } from './watch.ts'

/** What a browser does not run, whatever stands in it: it is saved (RFC 6266 §4.2), or in a sandbox (CSP 3 §6.4.2). */
export const isAttached = ({ headers }: Pick<Exchange, 'headers'>): boolean =>
  /^\s*attachment\b/i.test(headers.get('content-disposition') ?? '')
export const isSandboxed = ({ headers }: Pick<Exchange, 'headers'>): boolean =>
  /(?:^|;)\s*sandbox\s*(?:;|$)/i.test(headers.get('content-security-policy') ?? '')

/** Files of strangers are saved, or shown where nothing of them runs. */
export const served: Watch = {
  name: 'files that were sent are given back so that no browser runs them',
  classes: [115],
  applies: ({ entries }) =>
    entries.some(({ files, file }) => file !== undefined || Object.keys(files).length > 0) ||
    'no operation takes files',
  see(exchange) {
    if (!succeeded(exchange) || exchange.status === 304) return []
    const { operation } = exchange.draft.entry
    const access = operation.kind === 'invoke' ? operation.file?.does : undefined
    return access === 'get' || access === 'signed' ? bare(exchange) : live(exchange)
  },
}

/** What Bede gives back has all that keeps a browser from running it. */
function bare(exchange: Exchange): readonly Finding[] {
  const type = typeOf(exchange)
  const missing = [
    ...(exchange.headers.get('x-content-type-options') === 'nosniff' ? [] : ['X-Content-Type-Options: nosniff']),
    ...(isSandboxed(exchange) ? [] : ['a Content-Security-Policy with sandbox']),
    ...(isAttached(exchange) || isDisplayed(type) ? [] : ['Content-Disposition: attachment']),
  ]
  if (missing.length === 0) return []
  const says = `A file of the type ${type} is given back without ${missing.join(' and ')}`
  return [
    hole(115, exchange, { says, hint: 'Leave the headers of file answers to Bede.', evidence: linesOf(exchange) }),
  ]
}

/** A script that came in a file stands in what a browser takes for a page. */
function live(exchange: Exchange): readonly Finding[] {
  const type = typeOf(exchange)
  const isPage = type === '' || /html|svg|xml/.test(type)
  if (!isPage || isAttached(exchange) || isSandboxed(exchange) || !liveScript.test(exchange.text)) return []
  const says =
    'A file that somebody has sent is given back as a page: a script in it runs in the browser of whoever opens it'
  const hint =
    'Answer with sendFile(await files.open(…)), which is saved and not run; never send a type that the sender has said.'
  return [hole(115, exchange, { says, hint, evidence: linesOf(exchange) })]
}

const typeOf = ({ headers }: Exchange): string => headers.get('content-type')?.split(';', 1)[0]?.trim() ?? ''

const linesOf = ({ status, headers }: Exchange): string =>
  [
    String(status),
    ...['content-type', 'content-disposition', 'content-security-policy'].map(
      (name) => `${name}: ${headers.get(name) ?? 'none'}`,
    ),
  ].join('; ')
