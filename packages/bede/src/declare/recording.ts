import type { Expr } from '../expr/expr.ts'
import { isProblem, Problem, type ProblemDetail } from '../telemetry/problem.ts'
import { describe } from './describe.ts'
import { sourceOf } from './source.ts'

/** One run of a declaration's callback: what it built, the variables it has used, and what is wrong with it. */
interface Recording {
  readonly built: Set<Expr>
  readonly variables: Map<string, number>
  /** Names of the parts around what is being recorded: `set`, `title`. */
  readonly at: string[]
  readonly mistakes: { readonly at: readonly string[]; readonly problem: Problem }[]
}

// Callbacks are synchronous, so the recording in progress is the last one begun.
const stack: Recording[] = []

/** A condition was made: it must be part of what the callback answers. */
export const built = (condition: Expr): void => {
  stack.at(-1)?.built.add(condition)
}

/** A mistake. Inside a recording it is kept, so that the others of the same declaration are found too; outside it is thrown. */
export const mistaken = (problem: Problem): void => {
  const recording = stack.at(-1)
  if (recording === undefined) throw problem
  recording.mistakes.push({ at: [...recording.at], problem })
}

/** Records one part of a declaration; a mistake in it does not keep the next part from being looked at. */
export const part = <T>(name: string, otherwise: T, step: () => T): T => {
  const recording = stack.at(-1)
  if (recording === undefined) return step()
  recording.at.push(name)
  try {
    return step()
  } catch (error) {
    if (!isProblem(error)) throw error
    mistaken(error)
    return otherwise
  } finally {
    recording.at.pop()
  }
}

/** What a callback answers; one that is not a function is a mistake, and undefined. */
export const answerOf = (name: string, callback: unknown, scope: object): unknown => {
  if (typeof callback === 'function') return callback(scope)
  mistaken(
    new Problem('invalid-declaration', {
      message: `${name} is ${callback === null ? 'null' : `of type ${typeof callback}`}, not a function`,
      hint: `Write ${name}: ({ row }) => …`,
    }),
  )
  return undefined
}

/** A variable that no other source of this recording uses: `favorite`, `favorite2`, … */
export const variable = (model: string): string => {
  const used = stack.at(-1)?.variables
  if (used === undefined) return model
  const n = (used.get(model) ?? 0) + 1
  used.set(model, n)
  return n === 1 ? model : `${model}${n}`
}

const marked = (value: unknown, built: Set<Expr>): void => {
  if (typeof value !== 'object' || value === null || built.size === 0) return
  built.delete(value as Expr)
  if (Array.isArray(value)) for (const item of value) marked(item, built)
  else if (Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) marked(item, built)
}

/**
 * Runs a declaration's callback and gives the nodes it recorded. `a && b` compiles in TypeScript and gives `b` alone:
 * so a condition that was built and is not in the answer is refused, with a Problem `lost-condition`.
 */
export const record = <N>(
  place: string,
  callback: () => N,
  nodesOf: (answer: N) => unknown = (answer) => answer,
): N => {
  const recording: Recording = { built: new Set(), variables: new Map(), at: [], mistakes: [] }
  stack.push(recording)
  let answer: N
  try {
    answer = callback()
  } catch (error) {
    if (!isProblem(error)) throw error
    mistaken(error)
    throw together(place, recording)
  } finally {
    stack.pop()
  }
  if (recording.mistakes.length > 0) throw together(place, recording)
  const lost = new Set(recording.built)
  marked(nodesOf(answer), lost)
  // What is only reachable through a lost condition is not worth a line of its own.
  for (const condition of [...lost]) for (const inner of Object.values(condition)) marked(inner, lost)
  if (lost.size > 0) {
    throw new Problem('lost-condition', {
      message: `${place}: a condition was built and is not part of the answer`,
      details: [...lost].map((condition) => ({
        place,
        code: 'lost-condition',
        message: `${describe(condition)} was built and then dropped`,
        hint: 'Write and(a, b), or(a, b) and not(a): &&, || and ! keep only one side. Remove conditions that are not used.',
      })),
    })
  }
  return answer
}

// Kept apart from the details: a Problem may be answered to a caller, and where a file lies is nobody's business.
const sources = new WeakMap<ProblemDetail, string>()
/** The line of the user's files where this mistake was noted. */
export const lineOf = (detail: ProblemDetail): { readonly source?: string } => {
  const source = sources.get(detail)
  return source === undefined ? {} : { source }
}

/** All mistakes of a recording as one Problem: the only one with its code and hint, several as details. */
const together = (place: string, { mistakes }: Recording): Problem => {
  const details = mistakes.flatMap(({ at, problem }): readonly ProblemDetail[] => {
    const { code, message, hint } = problem
    if (problem.details.length > 0) return problem.details
    const detail = { place: [place, ...at].join('.'), code, message, ...(hint !== undefined && { hint }) }
    const source = sourceOf(problem)
    if (source !== undefined) sources.set(detail, source)
    return [detail]
  })
  const [only, ...more] = mistakes
  if (only !== undefined && more.length === 0) {
    const { code, message, hint } = only.problem
    return new Problem(code, { message: `${place}: ${message}`, details, ...(hint !== undefined && { hint }) })
  }
  return new Problem('invalid-declaration', { message: `${place} has ${mistakes.length} mistakes`, details })
}

/** Runs a callback inside the recording in progress, or in one of its own. */
export const within = <N extends { readonly node?: unknown; readonly shape?: unknown }>(
  place: string,
  callback: () => N,
): N => (stack.length > 0 ? callback() : record(place, callback, ({ node, shape }) => [node, shape]))
