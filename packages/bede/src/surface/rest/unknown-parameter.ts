import { nearest } from '../../telemetry/nearest.ts'
import type { ProblemDetail } from '../../telemetry/problem.ts'

/** What other services call the place in a list. */
const paging = new Set([
  'page',
  'offset',
  'skip',
  'start',
  'after',
  'before',
  'per_page',
  'page_size',
  'pagesize',
  'size',
])

/** A query parameter that is not accepted, with those that are. */
export function unknownParameter(name: string, place: string, known: readonly string[]): ProblemDetail {
  return { place, code: 'unknown-parameter', message: 'This parameter is not accepted here', hint: hint(name, known) }
}

function hint(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'No query parameter is accepted here.'
  if (paging.has(name.toLowerCase()) && known.includes('cursor')) return pagesHint
  const path = pathOf(name)
  const same = known.filter((one) => pathOf(one) === path)
  if (same.length > 0) return `Accepted for '${path}': ${same.join(', ')}.`
  const meant = nearest(name.slice(0, 100), known)
  return meant === undefined ? `Accepted here: ${grouped(known).join(', ')}.` : `Did you mean '${meant}'?`
}

const pagesHint =
  'Pages go by cursor: follow `next` of the answer, or its Link header; `limit` says how long a page is.'

/** `createdAt[gte]` asks about `createdAt`. */
const pathOf = (name: string): string => name.split('[', 1)[0] ?? name

/** `createdAt, createdAt[gt], createdAt[gte]` in fewer words: `createdAt, createdAt[gt|gte]`. */
function grouped(names: readonly string[]): readonly string[] {
  const operators = new Map<string, string[]>()
  const plain: string[] = []
  for (const name of names) {
    const path = pathOf(name)
    if (name === path) plain.push(name)
    else operators.set(path, [...(operators.get(path) ?? []), name.slice(path.length + 1, -1)])
  }
  const asked = (path: string): readonly string[] => {
    const found = operators.get(path)
    return found ? [`${path}[${found.join('|')}]`] : []
  }
  return [...new Set(names.map(pathOf))].flatMap((path) => [...(plain.includes(path) ? [path] : []), ...asked(path)])
}
