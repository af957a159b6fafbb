import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { temporaryDatabase } from '../../bench/database.ts'
import { machine, machineInWords } from '../../bench/measure/machine.ts'
import { table } from '../../bench/report.ts'
import { credentials, noS3, s3Server } from '../../packages/bede/test/support/s3.ts'
import { read, root } from '../house/tree.ts'
import { carryLargeFiles, type LargeFilesReport } from './large-files.ts'
import { type FloodReport, reasonAgainst, runFloods } from './run.ts'

// npm run test:floods [-- --seconds 20 --connections 5000 --megabytes 300] [--large-files] [--publish]: the last one writes
// docs/reference/security/floods.md, the one before it leaves the floods out.
const words = process.argv.slice(2)
const numberOf = (name: string, usual: number): number => {
  const at = words.indexOf(name)
  return at === -1 ? usual : Number(words[at + 1])
}
const seconds = numberOf('--seconds', 20)
const connections = numberOf('--connections', 5_000)
/** MB that the server may have, whatever comes. */
const bound = 768
const megabytes = numberOf('--megabytes', 300)
/** MB that a large file may cost it beside. */
const fileBound = 128
const say = (line: string) => console.error(line)
const against = reasonAgainst()
if (against !== undefined || !(seconds > 0 && connections > 0 && megabytes >= 4)) {
  console.error(against ?? '--seconds, --connections and --megabytes (4 or more) take numbers')
  process.exit(2)
}
if (!words.includes('--large-files')) {
  const { url, drop } = await temporaryDatabase()
  try {
    const report = await runFloods({ database: url, seconds, connections, bound }, say)
    told('floods', shown(report), report)
  } finally {
    await drop()
  }
}
await largeFiles()

/** In a folder, and in a store that speaks S3 where there is one. */
async function largeFiles(): Promise<void> {
  const reports: (readonly [place: string, report: LargeFilesReport])[] = []
  const carry = async (place: string, environment: Readonly<Record<string, string>>): Promise<void> => {
    const { url, drop } = await temporaryDatabase()
    try {
      const options = { database: url, environment, megabytes, bound: fileBound }
      reports.push([place, await carryLargeFiles(options, (line) => say(`${place}: ${line}`))])
    } finally {
      await drop()
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'bede-large-files-'))
  try {
    await carry('a folder', { BEDE_FILES: folder })
  } finally {
    rmSync(folder, { recursive: true })
  }
  if (noS3 === false) {
    const server = await s3Server()
    try {
      await carry('S3', {
        BEDE_FILES: server.address(await server.bucket()),
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      })
    } finally {
      await server.close()
    }
  } else say(`not in S3: ${noS3}`)
  told('large files', shownFiles(reports), { wrong: reports.flatMap(([, { wrong }]) => wrong) })
}

function told(section: string, text: string, { wrong }: { readonly wrong: readonly string[] }): void {
  console.log(text)
  if (words.includes('--publish')) publish(section, text)
  if (wrong.length > 0) process.exitCode = 1
}

function shownFiles(reports: readonly (readonly [place: string, report: LargeFilesReport])[]): string {
  const rows = reports.flatMap(([place, { ways }]) =>
    ways.map(({ name, grown, seconds, health: { asked, answered, slowest } }) => [
      place,
      name,
      grown.toFixed(0),
      seconds.toFixed(1),
      answered === asked ? `${asked} of ${asked}` : `**${answered} of ${asked}**`,
      slowest.toFixed(0),
    ]),
  )
  const wrong = reports.flatMap(([place, report]) => report.wrong.map((one) => `${place}, ${one}`))
  return [
    `A file of ${megabytes.toLocaleString('en')} MB.`,
    table([['files in', 'way', 'memory beside, MB', 'seconds', 'health answered', 'slowest, ms'], ...rows]),
    wrong.length === 0
      ? `What came was what was sent, byte for byte, and no way took ${fileBound} MB beside the ${reports.map(([, { before }]) => before.toFixed(0)).join(' and ')} MB that the server had before.`
      : `Wrong: ${wrong.join('; ')}.`,
    machineInWords(machine('as the tests have it')),
  ].join('\n\n')
}

function shown({ before, after, results, wrong }: FloodReport): string {
  const rows = results.map(({ name, does, megabytes, asked, answered, slowest, statuses, closed }) => [
    name,
    does,
    megabytes.toFixed(0),
    answered === asked ? `${asked} of ${asked}` : `**${answered} of ${asked}**`,
    slowest.toFixed(0),
    Object.entries(statuses)
      .map(([status, times]) => `${times.toLocaleString('en')} × ${status}`)
      .join(', ') || 'none',
    closed.toLocaleString('en'),
  ])
  return [
    `${seconds} seconds each, from twelve addresses.`,
    table([
      [
        'flood',
        'what it does',
        'most memory, MB',
        'health answered',
        'slowest, ms',
        'it was answered',
        'connections closed on it',
      ],
      ...rows,
    ]),
    `The server had ${before.toFixed(0)} MB before and ${after.toFixed(0)} MB afterwards, and answered as before.`,
    wrong.length === 0
      ? `Memory stayed under ${bound} MB, health was answered every time, and no answer was a 500.`
      : `Wrong: ${wrong.join('; ')}.`,
    machineInWords(machine('as the tests have it')),
  ].join('\n\n')
}

function publish(section: string, text: string): void {
  const page = 'docs/reference/security/floods.md'
  const [begin, end] = [`<!-- measured: ${section} -->`, `<!-- end: ${section} -->`]
  const before = read(page)
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for the figures`)
  writeFileSync(`${root}${page}`, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`)
}
