import { attackClasses } from '../../practice/prove/attack-class.ts'
import type { Finding } from '../../practice/prove/finding.ts'
import { isProven, type Proof } from '../../practice/prove/prove.ts'
import type { Score } from '../../practice/prove/scoreboard.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'

type Style = Terminal['answered']

/** A proof for people: the scoreboard, what is open with the request that shows it, what was not reached, and a last line. */
export function proofLines(proof: Proof, style: Style): readonly string[] {
  return [
    ...board(proof.scores, style),
    ...proof.findings.flatMap((finding) => ['', ...findingLines(finding, style)]),
    ...missed(proof, style),
    ...proof.stale.map(
      (one) => `\nAcknowledged and not found, so take it out of prove.json: class ${one.class} of ${one.operation}`,
    ),
    '',
    summary(proof, style),
  ]
}

const colors = { held: 'green', open: 'red', acknowledged: 'yellow', 'not applicable': 'dim' } as const

function board(scores: readonly Score[], style: Style): readonly string[] {
  const groups = [...new Set(attackClasses.map(({ group }) => group))]
  const width = Math.max(...scores.map(({ title }) => title.length))
  return groups.flatMap((group) => [
    style('bold', group),
    ...scores
      .filter((score) => score.group === group)
      .map(({ number, title, state, requests, reason }) => {
        const said = state === 'held' || state === 'open' ? `${requests} requests` : printable(reason ?? '')
        const shown = style(colors[state], state.padEnd('not applicable'.length))
        return `  ${String(number).padStart(3)}  ${title.padEnd(width)}  ${shown}  ${said}`
      }),
    '',
  ])
}

const findingLines = ({ number, rule, operation, says, hint, reproduce, evidence }: Finding, style: Style) => [
  `${style('red', number === undefined ? rule : `class ${number}, ${rule}`)}: ${style('bold', operation)}`,
  `  ${printable(says)}.`,
  `  ${printable(hint)}`,
  `  $ ${printable(reproduce)}`,
  `  ${style('dim', printable(evidence))}`,
]

function missed({ coverage }: Proof, style: Style): readonly string[] {
  const rows = coverage.flatMap(({ operation, address, missed }) =>
    missed === undefined ? [] : [[operation, address, missed]],
  )
  return rows.length === 0 ? [] : ['', style('red', 'Not reached, so nothing is proven of them'), ...table(rows)]
}

function summary(proof: Proof, style: Style): string {
  const { scores, coverage, findings, requests, seed } = proof
  const count = (state: Score['state']): number => scores.filter((score) => score.state === state).length
  const reached = coverage.filter(({ missed }) => missed === undefined).length
  const parts = [
    `${count('held')} classes held`,
    `${count('open')} open`,
    ...(count('acknowledged') > 0 ? [`${count('acknowledged')} acknowledged`] : []),
    `${count('not applicable')} not applicable`,
    `${reached} of ${coverage.length} operations reached`,
    `${requests} requests`,
    `seed ${seed}`,
  ]
  const mark = isProven(proof) ? style('green', '✓') : style('red', '✗')
  return `${mark} ${style('bold', proof.app)}: ${findings.length === 0 ? '' : `${findings.length} findings, `}${parts.join(', ')}`
}
