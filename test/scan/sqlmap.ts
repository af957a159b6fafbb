import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ground } from './ground.ts'
import { counted, run, type Scan } from './tool.ts'

/** The least that a call gets, in seconds. */
const least = 10

/** Tries every parameter of every call: of paths, of queries and of JSON bodies. */
export async function sqlmap({ url, port, token, calls }: Ground, folder: string, seconds: number): Promise<Scan> {
  const begun = performance.now()
  const tried = calls.filter(({ marked, body }) => marked.includes('*') || marked.includes('?') || body !== undefined)
  const report: string[] = []
  const found: string[] = []
  for (const [index, { method, path, marked, body, open }] of tried.entries()) {
    const left = seconds - (performance.now() - begun) / 1000
    const share = Math.max(least, (2 * left) / (tried.length - index))
    if (left < least) {
      report.push(`${method} ${marked}: not tried, the time was over`)
      continue
    }
    const file = join(folder, `${index}.txt`)
    const own = {
      ...(open ? {} : { Authorization: `Token ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    }
    // What a scanner tries says something only where the call itself is answered.
    const { status } = await fetch(url + path, { method, headers: own, ...(body === undefined ? {} : { body }) })
    const lines = [
      `${method} ${marked} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      ...Object.entries(own).map(([name, value]) => `${name}: ${value}`),
      ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ]
    writeFileSync(file, `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
    const words = [
      ...['-r', file, '--batch', '--disable-coloring', '--flush-session', '--ignore-stdin', `--output-dir=${folder}`],
      ...['--dbms=PostgreSQL', '--technique=BEUST', '--level=2', '--risk=1', '--time-sec=2'],
      ...[
        '--threads=4',
        '--timeout=10',
        '--retries=1',
        '--ignore-code=400,401,403,404,409,415,422,500,503',
        '--answers=process=Y,custom=Y',
      ],
    ]
    const { said, ended } = await run('sqlmap', words, share, folder)
    const places = [
      ...said.matchAll(/\[INFO\] testing if (.*?) is dynamic|parameter '([^']+)' does not seem to be injectable/g),
    ].map(([, dynamic, other]) => (dynamic ?? other ?? '').replace(/^.*parameter '(.*)'.*$/, '$1'))
    const shown = marked.replace(/-[0-9a-f]{8}/, '-…')
    const names = [...new Set(places)].join(', ') || 'none'
    const clean = said.includes('do not appear to be injectable')
    // What it suspects it tries again, and says in the end whether it was so.
    const taken = clean ? ', and was taken back by sqlmap itself' : ''
    for (const [, what = ''] of said.matchAll(
      /\] \[INFO\] (.* (?:is|appears to be) (?:'.*' )?(?:injectable|vulnerable).*)/g,
    ))
      found.push(`${method} ${shown}: ${what.trim()}${taken}`)
    const verdict = clean ? 'none is injectable' : ended ? 'none was found injectable in its time' : 'see what it said'
    if (!clean && !ended) found.push(`${method} ${shown}: ${lastWord(said)}`)
    report.push(`${method} ${shown} (itself answered ${status}): tried ${names.replaceAll('*', '')}: ${verdict}`)
  }
  return {
    tool: 'sqlmap',
    version: (await run('sqlmap', ['--version'], 20, folder)).said.trim().split('\n')[0] ?? '',
    did: [
      'A request file for each operation of /openapi.json that has a parameter or a body, signed in, each value of a path marked.',
      '--dbms=PostgreSQL --technique=BEUST --level=2 --risk=1: boolean, error, union, stacked and time-based.',
    ],
    findings: counted(found),
    report,
  }
}

const lastWord = (said: string): string =>
  said
    .split('\n')
    .findLast((line) => /\[(CRITICAL|ERROR|WARNING)\]/.test(line) && !line.includes('outdated'))
    ?.replace(/^\[[\d:]+\] /, '') ?? 'it said nothing'
