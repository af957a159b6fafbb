import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { table } from '../../bench/report.ts'
import { read, root } from '../house/tree.ts'
import { ffuf } from './ffuf.ts'
import { type Ground, openGround } from './ground.ts'
import { reasonFor } from './judged.ts'
import { sqlmap } from './sqlmap.ts'
import { installed, type Scan } from './tool.ts'
import { wapiti } from './wapiti.ts'

// npm run scan [-- sqlmap wapiti ffuf] [--minutes 8] [--publish]: the last one writes docs/reference/security/scans.md.
const tools: Readonly<Record<string, (ground: Ground, folder: string, seconds: number) => Promise<Scan>>> = {
  sqlmap,
  wapiti,
  ffuf,
}
const words = process.argv.slice(2)
const at = words.indexOf('--minutes')
const minutes = at === -1 ? 8 : Number(words[at + 1])
const named = words.filter((word) => word in tools)
const wanted = named.length > 0 ? named : Object.keys(tools)
const missing = wanted.filter((name) => !installed(name))
if (missing.length > 0 || !(minutes > 0)) {
  console.error(
    missing.length > 0
      ? `Not installed: ${missing.join(', ')}. On Debian: apt-get install wapiti sqlmap ffuf dirb`
      : '--minutes takes a number',
  )
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'bede-scan-'))
let standing = 0
try {
  for (const name of wanted) {
    // Each has a database of its own: what one wrote is nothing to the next.
    const ground = await openGround()
    try {
      console.error(`${name}: at most ${minutes} minutes`)
      const scan = await tools[name]?.(ground, folder, minutes * 60)
      if (!scan) continue
      const failed = ground.errors()
      const broken = await ground.broken()
      if (broken !== undefined) failed.push(broken)
      const open = scan.findings.filter(({ what }) => reasonFor(scan.tool, what) === undefined)
      standing += open.length + failed.length
      const text = shown(scan, failed)
      console.log(`\n## ${name}\n\n${text}\n\n${[...scan.report, ...open.map(({ what }) => what)].join('\n')}`)
      if (words.includes('--publish')) publish(scan, text)
    } finally {
      await ground.end()
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = standing > 0 ? 1 : 0

function shown({ tool, version, did, findings, report }: Scan, failed: readonly string[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
  const judged = new Map<string, { readonly examples: string[]; times: number }>()
  for (const { what, times } of findings) {
    const reason = reasonFor(tool, what) ?? '**It stands.**'
    const before = judged.get(reason) ?? { examples: [], times: 0 }
    judged.set(reason, { examples: [...before.examples, what], times: before.times + times })
  }
  return [
    `${tool} ${version}.`,
    did.map((line) => `- ${line}`).join('\n'),
    judged.size === 0
      ? 'It found nothing.'
      : table([
          ['found', 'times', 'for example', 'why it was dismissed'],
          ...[...judged].map(([reason, { examples, times }]) => [
            String(examples.length),
            String(times),
            cell(examples[0] ?? '').slice(0, 200),
            cell(reason),
          ]),
        ]),
    failed.length === 0
      ? 'The server answered nothing with an error of its own, and answers as before.'
      : `Errors of its own: ${failed.length}, such as ${cell(failed[0] ?? '').slice(0, 300)}`,
    `What it said: [${tool}.txt](reports/${tool}.txt), ${report.length} lines.`,
  ].join('\n\n')
}

function publish({ tool, findings, report }: Scan, text: string): void {
  const page = 'docs/reference/security/scans.md'
  const [begin, end] = [`<!-- measured: ${tool} -->`, `<!-- end: ${tool} -->`]
  const before = read(page)
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${tool}`)
  writeFileSync(`${root}${page}`, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`)
  const found = findings.map(({ what, times }) => `${what}${times > 1 ? ` (${times} times)` : ''}`)
  const lines = [...report, '', found.length === 0 ? 'Nothing was found.' : 'Found:', ...found]
  writeFileSync(`${root}docs/reference/security/reports/${tool}.txt`, `${lines.join('\n')}\n`)
}
