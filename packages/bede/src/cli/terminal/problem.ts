import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Problem, ProblemDetail } from '../../telemetry/problem.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** A problem as a person wants to read it: what is wrong, every place of it, and the next thing to do. */
export function problemText(problem: Problem, terminal: Terminal): string {
  const lines = [`${terminal.said(['red', 'bold'], 'error')}  ${printable(headOf(problem), 'lines')}`]
  for (const detail of problem.details) lines.push('', ...detailLines(detail, terminal))
  if (problem.hint) lines.push(...(problem.details.length > 0 ? [''] : []), hintLine(problem.hint, '', terminal))
  return lines.join('\n')
}

/** A message that goes on to name its details, for logs, says them once: they follow. */
function headOf({ message, details: [first] }: Problem): string {
  const at = first ? message.indexOf(`: ${first.place}`) : -1
  return at < 0 ? message : `${message.slice(0, at)}.`
}

function detailLines(detail: ProblemDetail, terminal: Terminal): string[] {
  const at = detail.source === undefined ? '' : `  ${printable(fileOf(detail.source))}`
  const lines = [`  ${terminal.said('bold', printable(detail.place))}${at}`]
  for (const line of printable(detail.message, 'lines').split('\n')) lines.push(`    ${line}`)
  if (detail.hint) lines.push(hintLine(detail.hint, '    ', terminal))
  return lines
}

/** `services/notes.ts:12:5`, from where the command runs. */
function fileOf(source: string): string {
  const [, file = source, line = ''] = /^(file:.*?)(:\d+:\d+)$/.exec(source) ?? []
  if (!file.startsWith('file:')) return source
  const path = fileURLToPath(file)
  const near = relative(process.cwd(), path)
  return (near.startsWith('..') ? path : near) + line
}

function hintLine(hint: string, indent: string, terminal: Terminal): string {
  const text = printable(hint, 'lines').replaceAll('\n', `\n${indent}  `)
  return `${indent}${terminal.said('cyan', '→')} ${text}`
}

/** A problem as a program reads it. */
export const problemJson = (problem: Problem) => ({
  code: problem.code,
  message: problem.message,
  ...(problem.hint ? { hint: problem.hint } : {}),
  details: problem.details,
})
