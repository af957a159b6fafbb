import type { Call, Expr } from '../expr/expr.ts'
import type { FunctionName } from '../expr/names.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { all } from './condition.ts'
import type { BoundScan } from './plan.ts'
import { saidOf } from './said.ts'

/** What people call the rows that a rule speaks of: the row it is about is `row`. */
export interface Wording {
  readonly manifest: Manifest
  readonly rows: ReadonlyMap<string, NamedRow>
}

interface NamedRow {
  readonly name: string
  readonly model: string
  /** What its id is called, where another row names it: `row.authorId`. */
  readonly id?: string
}

/** For a rule about one row of `model`, for which the plan has this variable. */
export const aboutRow = (manifest: Manifest, model: string, variable: string): Wording => ({
  manifest,
  rows: new Map([[variable, { name: 'row', model }]]),
})

/**
 * A bound rule as a person reads it, with the relations that planning has turned into joins:
 * `row.author.suspended = false or row.authorId = actor.id`.
 */
export const inWords = (rule: Expr<BoundScan>, wording: Wording): string =>
  rule.kind === 'literal' && typeof rule.value === 'boolean'
    ? rule.value
      ? 'always'
      : 'never'
    : phrase(rule, wording).text

/** `binds`: how closely its words belong together, so that parentheses stand only where they are needed. */
interface Phrase {
  readonly text: string
  readonly binds: number
}

const binding = { list: 0, or: 1, and: 2, comparison: 3, value: 4 } as const

const value = (text: string): Phrase => ({ text, binds: binding.value })
const within = ({ text, binds }: Phrase, outer: number): string => (binds > outer ? text : `(${text})`)

function phrase(expr: Expr<BoundScan>, wording: Wording): Phrase {
  switch (expr.kind) {
    case 'literal':
      return value(JSON.stringify(expr.value))
    case 'input':
      return value(['input', ...expr.path].join('.'))
    case 'item':
      return value([expr.as, ...expr.path].join('.'))
    case 'actor':
      return value(`actor.${expr.field}`)
    case 'now':
      return value('now')
    case 'field':
      return value(fieldName(expr.row, expr.field, wording))
    case 'call':
      return callPhrase(expr, wording)
    case 'case': {
      const branches = expr.branches.map(
        ({ when, then }) => `when ${inWords(when, wording)} then ${say(then, wording)}`,
      )
      return { text: `${branches.join(' ')} else ${say(expr.otherwise, wording)}`, binds: binding.list }
    }
    case 'given': {
      const sent = `${[expr.as ?? 'input', ...expr.path].join('.')} is sent`
      const otherwise = expr.otherwise ? ` else ${inWords(expr.otherwise, wording)}` : ''
      return { text: `when ${sent} then ${inWords(expr.then, wording)}${otherwise}`, binds: binding.list }
    }
    case 'some':
    case 'every':
    case 'none':
      return quantified(expr, wording)
    case 'aggregate': {
      const { name, rest, inside } = named(expr.from, wording)
      const of = expr.of ? `${expr.fn} of ${say(expr.of, inside)} over ${name}` : `${expr.fn} of ${name}`
      const where = all(rest)
      return where ? { text: `${of} where ${inWords(where, inside)}`, binds: binding.list } : value(of)
    }
    case 'via': {
      const { name, one, rest, inside } = named(expr.from, wording)
      const where = all(rest)
      if (one && !where) return phrase(expr.value, inside)
      const of = `${say(expr.value, inside)} of the first of ${name}`
      return { text: where ? `${of} where ${inWords(where, inside)}` : of, binds: binding.list }
    }
  }
}

function fieldName(row: string, field: string, { manifest, rows }: Wording): string {
  const { name = row, model = '', id } = rows.get(row) ?? {}
  return id !== undefined && manifest.models[model]?.id === field ? id : `${name}.${field}`
}

const say = (expr: Expr<BoundScan>, wording: Wording): string => phrase(expr, wording).text

const operators: Partial<Record<FunctionName, string>> = {
  eq: '=',
  ne: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  contains: 'contains',
  startsWith: 'starts with',
  endsWith: 'ends with',
  matches: 'matches',
  has: 'has',
}

function callPhrase({ fn, args }: Call<BoundScan>, wording: Wording): Phrase {
  const operand = (expr: Expr<BoundScan> | undefined): string =>
    expr ? within(phrase(expr, wording), binding.comparison) : ''
  const [first, ...rest] = args
  switch (fn) {
    case 'and':
    case 'or': {
      // Who reads it need not know which of the two binds closer.
      return {
        text: args.map((arg) => within(condition(arg, wording), binding.and)).join(` ${fn} `),
        binds: binding[fn],
      }
    }
    case 'not':
      return { text: `not (${first ? inWords(first, wording) : ''})`, binds: binding.comparison }
    case 'isNull':
    case 'isNotNull': {
      const there = fn === 'isNotNull'
      const text = isActorId(first)
        ? there
          ? 'signed in'
          : 'not signed in'
        : `${operand(first)} is ${there ? 'set' : 'empty'}`
      return { text, binds: binding.comparison }
    }
    case 'in':
    case 'notIn': {
      const [list] = rest
      const listed = rest.length === 1 && list && 'type' in list && list.type.kind === 'array'
      const items = listed ? operand(list) : `(${rest.map((item) => say(item, wording)).join(', ')})`
      return { text: `${operand(first)} ${fn === 'in' ? 'in' : 'not in'} ${items}`, binds: binding.comparison }
    }
    default: {
      const operator = operators[fn]
      return operator === undefined || args.length !== 2
        ? value(`${fn}(${args.map((arg) => say(arg, wording)).join(', ')})`)
        : { text: `${operand(first)} ${operator} ${operand(rest[0])}`, binds: binding.comparison }
    }
  }
}

const condition = (expr: Expr<BoundScan>, wording: Wording): Phrase =>
  expr.kind === 'literal' ? value(inWords(expr, wording)) : phrase(expr, wording)

const isActorId = (expr: Expr<BoundScan> | undefined): boolean => expr?.kind === 'actor' && expr.field === 'id'

/** Of the row that a reference names only what is said of it is worth saying; of several rows also which. */
function quantified(expr: Expr<BoundScan> & { kind: 'some' | 'every' | 'none' }, wording: Wording): Phrase {
  const { name, one, rest, inside } = named(expr.from, wording)
  if (one && expr.kind !== 'every') {
    const said = all([...rest, expr.where])
    const about = said ? phrase(said, inside) : { text: `${name} is there`, binds: binding.comparison }
    return expr.kind === 'some' ? about : { text: `not (${about.text})`, binds: binding.comparison }
  }
  const which = all(rest)
  const of = which ? `${name} where ${inWords(which, inside)}` : name
  if (expr.kind === 'every') return { text: `every ${of}: ${inWords(expr.where, inside)}`, binds: binding.list }
  const where = all([...rest, expr.where])
  const counted = `${expr.kind === 'some' ? 'some' : 'no'} ${name}`
  return where ? { text: `${counted} where ${inWords(where, inside)}`, binds: binding.list } : value(counted)
}

/** How the rows of a scan are called from where it stands, and what is left to say of them. */
interface NamedScan {
  readonly name: string
  /** At most one row: the one that a reference names. */
  readonly one: boolean
  readonly rest: readonly Expr<BoundScan>[]
  readonly inside: Wording
}

function named(scan: BoundScan, wording: Wording): NamedScan {
  const parts = saidOf(scan, wording.manifest)
  for (const part of parts) {
    const relation = relationOf(part, scan, wording)
    if (!relation) continue
    const row: NamedRow = relation.key
      ? { name: relation.path, model: scan.model, id: relation.key }
      : { name: fresh(scan.model, wording), model: scan.model }
    return {
      name: relation.path,
      one: relation.key !== undefined,
      rest: parts.filter((other) => other !== part),
      inside: withRow(wording, scan.as, row),
    }
  }
  const row = { name: fresh(scan.model, wording), model: scan.model }
  return { name: scan.model, one: false, rest: parts, inside: withRow(wording, scan.as, row) }
}

const withRow = (wording: Wording, as: string, row: NamedRow): Wording => ({
  ...wording,
  rows: new Map(wording.rows).set(as, row),
})

/** The relation whose join a condition is: `row.author`, whose id is `row.authorId`; `row.favorites`. */
function relationOf(
  part: Expr<BoundScan>,
  scan: BoundScan,
  { manifest, rows }: Wording,
): { readonly path: string; readonly key?: string } | undefined {
  if (part.kind !== 'call' || part.fn !== 'eq') return undefined
  const [own, other] = part.args
  if (own?.kind !== 'field' || other?.kind !== 'field' || own.row !== scan.as) return undefined
  const parent = rows.get(other.row)
  const owner = parent && manifest.models[parent.model]
  if (!parent || !owner) return undefined
  const target = manifest.models[scan.model]?.id
  const found = Object.entries(owner.relations).find(
    ([, relation]) =>
      relation.model === scan.model &&
      (relation.kind === 'one'
        ? own.field === target && other.field === relation.field
        : own.field === relation.field && other.field === owner.id),
  )
  if (!found) return undefined
  const [name, { kind }] = found
  return {
    path: `${parent.name}.${name}`,
    ...(kind === 'one' && { key: fieldName(other.row, other.field, { manifest, rows }) }),
  }
}

/** `favorite`, and where that is taken `favorite2`. */
function fresh(model: string, { rows }: Wording): string {
  const taken = new Set([...rows.values()].map(({ name }) => name))
  if (!taken.has(model)) return model
  let next = 2
  while (taken.has(`${model}${next}`)) next++
  return `${model}${next}`
}
