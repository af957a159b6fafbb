import { machine } from '../../bench/measure/machine.ts'
import { publish } from '../../bench/measure/results.ts'
import { type FaultReport, reasonAgainst, runFaults } from './run.ts'

// npm run test:faults [-- --faults 200] [--json] [--publish]: the last one writes docs/explanation/reliability.md.
const words = process.argv.slice(2)
const at = words.indexOf('--faults')
const count = at === -1 ? 200 : Number(words[at + 1])
const against = reasonAgainst()
if (against !== undefined || !Number.isInteger(count) || count < 1) {
  console.error(against ?? '--faults takes how often things are to break')
  process.exit(2)
}
const report = await runFaults(count, (line) => console.error(line))
if (words.includes('--json')) console.log(JSON.stringify(report, null, 2))
else {
  for (const [name, times] of Object.entries(report.faults)) console.log(`${String(times).padStart(4)} × ${name}`)
  for (const reason of report.leftOut) console.log(`left out: ${reason}`)
  console.log(
    `${report.acknowledged} writes acknowledged, ${report.unknown} unknown; ${report.requests} requests, ${report.repeated} of them repeats; ${report.seconds} s`,
  )
  for (const line of [...report.broken, ...report.strange]) console.log(`broken: ${line}`)
  if (report.broken.length + report.strange.length === 0) console.log('Nothing was lost, half there or there twice.')
}
if (words.includes('--publish')) publishReport(report)
process.exitCode = report.broken.length + report.strange.length > 0 ? 1 : 0

function publishReport({
  faults,
  leftOut,
  acknowledged,
  unknown,
  requests,
  repeated,
  broken,
  strange,
  seconds,
  postgres,
}: FaultReport): void {
  const count = Object.values(faults).reduce((sum, times) => sum + times, 0)
  const wrong = [...broken, ...strange]
  publish({
    name: 'faults',
    page: 'reliability',
    machine: machine(postgres),
    data: { faults, acknowledged, unknown, requests, repeated, broken, strange, seconds },
    parts: [
      [['fault', 'times'], ...Object.entries(faults).map(([name, times]) => [name, String(times)])],
      `${count} faults in ${seconds} s: ${acknowledged.toLocaleString('en')} writes acknowledged, of ${unknown} it stayed unknown what became of them; ${requests.toLocaleString('en')} requests, ${repeated.toLocaleString('en')} of them repeats of one that had no answer.`,
      ...leftOut.map((reason) => `Left out: ${reason}.`),
      wrong.length === 0
        ? 'Nothing acknowledged was missing, nothing was half there, nothing was there twice.'
        : `Broken: ${wrong.join('; ')}.`,
    ],
  })
}
