import { attackClasses } from '../../practice/prove/attack-class.ts'
import type { ContractRow } from '../../practice/prove/contract/prove-contract.ts'
import type { Covered } from '../../practice/prove/coverage.ts'
import { type Finding, operationsOf } from '../../practice/prove/finding.ts'
import type { PolicyCell } from '../../practice/prove/policies/prove-policies.ts'
import { isProven, type Proof } from '../../practice/prove/prove.ts'
import type { Score } from '../../practice/prove/scoreboard.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'

type Style = Terminal['answered']

/** A proof for people: the scoreboard, what is open with the request that shows it, what was not reached, and a last line. */
export function proofLines(proof: Proof, style: Style): readonly string[] {
  return [
    ...(proof.attacks ? board(proof.attacks.scores, style) : []),
    ...(proof.policies ? policyLines(proof.policies.cells, style) : []),
    ...(proof.contract ? contractLines(proof.contract.rows, style) : []),
    ...proof.findings.flatMap((finding) => ['', ...findingLines(finding, style)]),
    ...missed(proof.attacks?.coverage ?? [], style),
    ...(proof.attacks?.stale ?? []).map(
      (one) => `\nAcknowledged and not found, so take it out of prove.json: class ${one.class} of ${one.operation}`,
    ),
    '',
    summary(proof, style),
  ]
}

const colors = { held: 'green', open: 'red', acknowledged: 'yellow' } as const

/** A class a line, of those that were tried; then the others by the reason why they were not. */
function board(scores: readonly Score[], style: Style): readonly string[] {
  const tried = scores.filter(({ state }) => state !== 'not applicable')
  const groups = [...new Set(attackClasses.map(({ group }) => group))]
  const width = Math.max(0, ...tried.map(({ title }) => title.length))
  return [
    ...groups.flatMap((group) => {
      const own = tried.filter((score) => score.group === group)
      return own.length === 0 ? [] : [style('bold', group), ...own.map((score) => line(score, width, style)), '']
    }),
    ...leftOut(scores, style),
  ]
}

function line({ number, title, state, requests, reason }: Score, width: number, style: Style): string {
  const shown = state === 'not applicable' ? state : style(colors[state], state.padEnd('acknowledged'.length))
  const said = state === 'acknowledged' ? printable(reason ?? '') : `${requests} requests`
  return `  ${String(number).padStart(3)}  ${title.padEnd(width)}  ${shown}  ${said}`
}

/** Numbers that stand in one line. */
const abreast = 24

function leftOut(scores: readonly Score[], style: Style): readonly string[] {
  const byReason = Map.groupBy(
    scores.filter(({ state }) => state === 'not applicable'),
    ({ reason = '' }) => reason,
  )
  if (byReason.size === 0) return []
  // What is said of most comes last.
  const reasons = [...byReason].sort(([, one], [, other]) => one.length - other.length)
  const rows = reasons.flatMap(([reason, own]) => {
    const numbers = own.map(({ number }) => number)
    const lines = Array.from({ length: Math.ceil(numbers.length / abreast) }, (_, at) =>
      numbers.slice(at * abreast, (at + 1) * abreast).join(' '),
    )
    return [`  ${printable(reason)}`, ...lines.map((one) => style('dim', `    ${one}`))]
  })
  return [style('bold', 'Not applicable to this app, and why'), ...rows, '']
}

function findingLines(finding: Finding, style: Style): readonly string[] {
  const { number, rule, says, hint, reproduce, evidence } = finding
  const what = number === undefined ? rule : `class ${number}, ${rule}`
  return [
    `${style('red', what)}: ${style('bold', operationsOf(finding).join(', '))}`,
    `  ${printable(says)}.`,
    `  ${printable(hint)}`,
    `  $ ${printable(reproduce)}`,
    `  ${style('dim', printable(evidence))}`,
  ]
}

/** An operation a line: who was answered as the policies say, of how many. */
function policyLines(cells: readonly PolicyCell[], style: Style): readonly string[] {
  const operations = [...new Set(cells.map(({ operation }) => operation))]
  const rows = operations.map((operation) => {
    const own = cells.filter((cell) => cell.operation === operation)
    const decided = own.filter(({ expected }) => expected !== 'undecided')
    const same = own.filter((cell) => cell.same).length
    const roles = new Set(own.map(({ role }) => role)).size
    const said = same === own.length ? 'as the policies say' : `${own.length - same} differ`
    return [operation, `${own.length} calls of ${roles} roles`, `${decided.length} decided by rules`, said]
  })
  const shown = (cell: string) => (cell.endsWith('differ') ? style('red', cell) : style('green', cell))
  return [
    style('bold', 'Policies, in memory and over HTTP'),
    ...table(rows, '  ', [undefined, undefined, undefined, shown]),
    '',
  ]
}

/** An operation a line: which documented statuses were brought about, and which not. */
function contractLines(rows: readonly ContractRow[], style: Style): readonly string[] {
  const lines = rows.map(({ operation, requests, produced, left }) => [
    operation,
    `${requests} requests`,
    produced.join(' '),
    left.length === 0 ? '' : `not brought about: ${left.join(' ')}`,
  ])
  const title = 'Answers, as the OpenAPI document has them; a status that nothing brought about is no finding'
  return [style('bold', title), ...table(lines), '']
}

function missed(coverage: readonly Covered[], style: Style): readonly string[] {
  const rows = coverage.flatMap(({ operation, address, missed }) =>
    missed === undefined ? [] : [[operation, address, missed]],
  )
  return rows.length === 0 ? [] : ['', style('red', 'Not reached, so nothing is proven of them'), ...table(rows)]
}

function summary(proof: Proof, style: Style): string {
  const { attacks, policies, contract, findings, requests, seed } = proof
  const parts = [
    ...(findings.length > 0 ? [findings.length === 1 ? '1 finding' : `${findings.length} findings`] : []),
    ...(attacks ? attacksInWords(attacks) : []),
    ...(contract ? [statusesInWords(contract.rows)] : []),
    ...(policies ? [`${policies.cells.length} calls compared with the policies`] : []),
    `${requests} requests`,
    `seed ${seed}`,
  ]
  const mark = isProven(proof) ? style('green', '✓') : style('red', '✗')
  return `${mark} ${style('bold', proof.app)}: ${parts.join(', ')}`
}

function statusesInWords(rows: readonly ContractRow[]): string {
  const produced = rows.reduce((sum, row) => sum + row.produced.length, 0)
  const all = rows.reduce((sum, row) => sum + row.produced.length + row.left.length, 0)
  return `${produced} of ${all} documented statuses brought about`
}

function attacksInWords({ scores, coverage }: NonNullable<Proof['attacks']>): readonly string[] {
  const count = (state: Score['state']): number => scores.filter((score) => score.state === state).length
  const reached = coverage.filter(({ missed }) => missed === undefined).length
  return [
    `${count('held')} classes held`,
    `${count('open')} open`,
    ...(count('acknowledged') > 0 ? [`${count('acknowledged')} acknowledged`] : []),
    `${count('not applicable')} not applicable`,
    `${reached} of ${coverage.length} operations reached`,
  ]
}
