import type { Cell } from '../../practice/policies/cell.ts'
import type { FieldRow, PolicyMatrix, Section } from '../../practice/policies/matrix.ts'
import { table } from '../terminal/table.ts'

/** The matrix as lines for people: a table for each model, with its rules below it by number. */
export function policyLines({ sections, warnings }: PolicyMatrix, bold: (text: string) => string): readonly string[] {
  const lines = sections.flatMap((section) => [...sectionLines(section, bold), ''])
  const warned = warnings.map(({ place, message }) => [place, message])
  return warned.length === 0 ? lines.slice(0, -1) : [...lines, bold('Look at these'), ...table(warned, '  ')]
}

function sectionLines({ model, roles, operations, fields }: Section, bold: (text: string) => string): string[] {
  const rules: string[] = []
  const when = (rule: string): number => {
    const at = rules.indexOf(rule)
    return at < 0 ? rules.push(rule) : at + 1
  }
  const word = (cell: Cell): string => (cell.may === 'when' ? `when ${when(cell.rule)}` : cell.may)
  const calls = operations.map(({ operation, address, cells }) => [operation, address, ...cells.map(word)])
  const shown = fields.map((field) => [field.field, field.private ? 'private' : '', ...fieldCells(field, when)])
  return [
    bold(model ?? 'Handlers'),
    ...table([['', '', ...roles], ...calls, ...(shown.length > 0 ? [[''], ...shown] : [])], '  '),
    ...rules.map((rule, at) => `    ${at + 1}: ${rule}`),
  ]
}

/** `read write`, `read, write when 2`, `-`. */
function fieldCells({ read, write }: FieldRow, when: (rule: string) => number): readonly string[] {
  return read.map((cell, at) => {
    const said = [part('read', cell, when), part('write', write[at], when)].filter((one) => one !== '')
    return said.length === 0 ? '-' : said.join(said.some((one) => one.includes(' ')) ? ', ' : ' ')
  })
}

function part(verb: string, cell: Cell | undefined, when: (rule: string) => number): string {
  if (cell?.may === 'when') return `${verb} when ${when(cell.rule)}`
  return cell?.may === 'yes' ? verb : ''
}
