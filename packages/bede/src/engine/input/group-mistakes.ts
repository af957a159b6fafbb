import type { Json } from '../../expr/value.ts'
import type { ProblemDetail } from '../../telemetry/problem.ts'
import { isMembers } from '../complete.ts'

/** What an input of groups can have wrong beside its form: a name twice, an order by what is not in the answer. */
export function groupMistakes(value: Json): readonly ProblemDetail[] {
  if (!isMembers(value)) return []
  const names = (place: 'groupBy' | 'measure'): readonly string[] => {
    const asked = value[place]
    return Array.isArray(asked) ? asked.map(String) : []
  }
  const twice = (place: 'groupBy' | 'measure'): ProblemDetail[] => {
    const list = names(place)
    return list.flatMap((name, index): ProblemDetail[] =>
      list.indexOf(name) === index
        ? []
        : [{ place: `/${place}/${index}`, code: 'invalid-input', message: 'It is asked for twice' }],
    )
  }
  const asked = [...names('groupBy'), ...names('measure')]
  const { sort } = value
  const unsorted = typeof sort === 'string' && !asked.includes(sort.replace(/^-/, ''))
  const order: ProblemDetail = {
    place: '/sort',
    code: 'invalid-input',
    message: 'Groups are sorted by what they are grouped by, or by a measure asked for',
    hint: `Here: ${asked.join(', ')}; with - in front, the other way round.`,
  }
  return [...twice('groupBy'), ...twice('measure'), ...(unsorted ? [order] : [])]
}
