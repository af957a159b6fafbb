import { writeFileSync } from 'node:fs'
import { temporaryDatabase } from '../../bench/database.ts'
import { machine, machineInWords } from '../../bench/measure/machine.ts'
import { table } from '../../bench/report.ts'
import { read, root } from '../house/tree.ts'
import { type FloodReport, reasonAgainst, runFloods } from './run.ts'

// npm run test:floods [-- --seconds 20 --connections 5000] [--publish]: the last one writes docs/reference/security/floods.md.
const words = process.argv.slice(2)
const numberOf = (name: string, usual: number): number => {
  const at = words.indexOf(name)
  return at === -1 ? usual : Number(words[at + 1])
}
const seconds = numberOf('--seconds', 20)
const connections = numberOf('--connections', 5_000)
/** MB that the server may have, whatever comes. */
const bound = 768
const against = reasonAgainst()
if (against !== undefined || !(seconds > 0 && connections > 0)) {
  console.error(against ?? '--seconds and --connections take numbers')
  process.exit(2)
}
const { url, drop } = await temporaryDatabase()
try {
  const report = await runFloods({ database: url, seconds, connections, bound }, (line) => console.error(line))
  const text = shown(report)
  console.log(text)
  if (words.includes('--publish')) publish(text)
  process.exitCode = report.wrong.length > 0 ? 1 : 0
} finally {
  await drop()
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

function publish(text: string): void {
  const page = 'docs/reference/security/floods.md'
  const [begin, end] = ['<!-- measured: floods -->', '<!-- end: floods -->']
  const before = read(page)
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for the figures`)
  writeFileSync(`${root}${page}`, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`)
}
