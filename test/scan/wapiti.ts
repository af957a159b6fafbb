import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ground } from './ground.ts'
import { counted, run, type Scan } from './tool.ts'

/** What needs no help of a host elsewhere and no list from the network. */
const modules = [
  'backup',
  'blindsql',
  'cookieflags',
  'crlf',
  'csp',
  'csrf',
  'exec',
  'file',
  'htaccess',
  'http_headers',
  'methods',
  'permanentxss',
  'redirect',
  'shellshock',
  'sql',
  'xss',
]

interface Said {
  readonly method: string
  readonly path: string
  readonly info: string
  readonly parameter?: string
}
interface Report {
  readonly vulnerabilities: Readonly<Record<string, readonly Said[]>>
  readonly anomalies: Readonly<Record<string, readonly Said[]>>
  readonly additionals?: Readonly<Record<string, readonly Said[]>>
}

/** Begins at every address that answers `GET`, and goes where pages lead. */
export async function wapiti({ url, token, calls }: Ground, folder: string, seconds: number): Promise<Scan> {
  const file = join(folder, 'wapiti.json')
  // It writes its report when all modules have had their time, and none where it is ended before.
  const crawl = Math.round(seconds / 8)
  const starts = ['/docs', '/openapi.json', ...calls.flatMap(({ method, path }) => (method === 'GET' ? [path] : []))]
  const { said } = await run(
    'wapiti',
    [
      ...['-u', `${url}/`, '--scope', 'domain', '--flush-session', '--store-session', folder, '--no-bugreport'],
      ...['-H', `Authorization: Token ${token}`, '-m', modules.join(','), '-v', '1', '--verify-ssl', '0'],
      ...[
        '--max-scan-time',
        String(crawl),
        '--max-attack-time',
        String(Math.floor((seconds - 2 * crawl) / modules.length)),
      ],
      ...['-f', 'json', '-o', file, ...starts.flatMap((path) => ['-s', url + path])],
    ],
    2 * seconds,
    folder,
  )
  const report: Report = JSON.parse(readFileSync(file, 'utf8'))
  const all = [report.vulnerabilities, report.anomalies, report.additionals ?? {}].flatMap((group) =>
    Object.entries(group).flatMap(([kind, entries]) => entries.map((entry) => ({ kind, ...entry }))),
  )
  const findings = all.map(({ kind, method, path, info, parameter }) => {
    const where = parameter ? `${path} (${parameter})` : path
    return `${kind}: ${method} ${where.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12}/g, '…')}: ${info.replaceAll(url, '').replace(/\s+/g, ' ')}`
  })
  const launched = [...said.matchAll(/\[\*\] Launching module (\w+)/g)].map(([, name]) => name ?? '')
  const crawled = /(?:(\d+) URLs? (?:and \d+ forms? )?(?:were|was)? ?crawled|Wapiti found (\d+) URLs)/.exec(said)
  return {
    tool: 'wapiti',
    version: /Wapiti-([\d.]+)/.exec(said)?.[1] ?? '',
    did: [
      `From ${starts.length} addresses: /docs, /openapi.json and every operation that is read, signed in, its queries filled.`,
      `Modules: ${modules.join(', ')}.`,
      'Left out: ssrf and xxe, which need a host of the tool’s maker to be reached; nikto and wapp, which fetch lists; buster, whose list ffuf has; drupal_enum, wp_enum and log4shell, which are about other software.',
    ],
    findings: counted(findings),
    report: [
      ...(crawled ? [`${crawled[1] ?? crawled[2]} addresses were crawled.`] : []),
      `Modules that ran: ${launched.join(', ') || 'see the findings'}.`,
      ...Object.entries(report.vulnerabilities).map(([kind, entries]) => `${kind}: ${entries.length}`),
      ...Object.entries(report.anomalies).map(([kind, entries]) => `${kind}: ${entries.length}`),
    ],
  }
}
