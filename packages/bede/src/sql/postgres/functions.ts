import type { FunctionName } from '../../expr/names.ts'
import type { Operand, Sql } from '../dialect.ts'
import * as list from './array.ts'
import * as json from './json-member.ts'
import * as number from './number.ts'
import { ordered } from './operand.ts'
import * as point from './point.ts'
import * as search from './search.ts'
import * as text from './text.ts'
import * as time from './time.ts'
import * as vector from './vector.ts'

/** Arity and types are checked when the manifest is verified (expr/typing.ts); here they are taken as right. */
type Compile = (operands: readonly [Operand, Operand, Operand]) => Sql

const infix =
  (operator: string): Compile =>
  (operands) =>
    `(${ordered(operands).join(` ${operator} `)})`

const among =
  (empty: 'true' | 'false', operator: '=' | '<>', quantifier: 'any' | 'all'): Compile =>
  (operands: readonly Operand[]) => {
    const [value, ...items] = operands.map(({ sql }) => sql)
    const many = operands[1]
    if (many?.type.kind === 'array') return `(${value} ${operator} ${quantifier} (${list.array(many)}))`
    if (items.length === 0) return empty
    // One item is compared: `in` would take a subquery in its parentheses for a list of its rows.
    if (items.length === 1) return `(${value} ${operator} ${items[0]})`
    return `(${value} ${operator === '=' ? 'in' : 'not in'} (${items.join(', ')}))`
  }

const all =
  (operator: 'and' | 'or', empty: 'true' | 'false'): Compile =>
  (operands: readonly Operand[]) =>
    operands.length === 0 ? empty : `(${operands.map(({ sql }) => sql).join(` ${operator} `)})`

const call =
  (fn: string): Compile =>
  (operands) =>
    `${fn}(${ordered(operands).join(', ')})`

const functions: Readonly<Record<FunctionName, Compile>> = {
  eq: ([a, b]) => `(${a.sql} = ${b.sql})`,
  ne: ([a, b]) => `(${a.sql} <> ${b.sql})`,
  lt: infix('<'),
  lte: infix('<='),
  gt: infix('>'),
  gte: infix('>='),
  in: among('false', '=', 'any'),
  notIn: among('true', '<>', 'all'),
  isNull: ([a]) => `(${a.sql} is null)`,
  isNotNull: ([a]) => `(${a.sql} is not null)`,
  and: all('and', 'true'),
  or: all('or', 'false'),
  not: ([a]) => `(not ${a.sql})`,
  concat: text.concat,
  lower: ([a]) => text.lower([a]),
  upper: ([a]) => text.upper([a]),
  trim: ([a]) => text.trim([a]),
  length: ([a]) => text.length([a]),
  exactly: ([digest, ...lists]) => `(${lists.map(({ sql }) => `${digest?.sql} = any(${sql})`).join(' or ')})`,
  left: ([a, b]) => text.left([a, b]),
  right: ([a, b]) => text.right([a, b]),
  replace: text.replace,
  before: ([a, b]) => text.before([a, b]),
  after: ([a, b]) => text.after([a, b]),
  slugify: ([a]) => text.slugify([a]),
  contains: ([a, b]) => text.contains([a, b]),
  startsWith: ([a, b]) => text.startsWith([a, b]),
  endsWith: ([a, b]) => text.endsWith([a, b]),
  toText: ([a]) => text.toText([a]),
  similar: ([a, b]) => `(${a.sql} % ${b.sql})`,
  matches: ([words, query]) => search.matches([words, query]),
  rank: ([words, query]) => search.rank([words, query]),
  highlight: search.highlight,
  similarity: ([a, b]) => `similarity(${a.sql}, ${b.sql})::float8`,
  coalesce: call('coalesce'),
  nullIf: call('nullif'),
  least: call('least'),
  greatest: call('greatest'),
  add: number.add,
  subtract: number.subtract,
  multiply: number.multiply,
  divide: ([a, b]) => number.divide([a, b]),
  modulo: ([a, b]) => number.modulo([a, b]),
  negate: ([a]) => number.negate([a]),
  abs: ([a]) => number.abs([a]),
  round: ([a, b]) => number.round([a, b]),
  floor: ([a]) => number.whole('floor', [a]),
  ceil: ([a]) => number.whole('ceil', [a]),
  toInteger: ([a]) => number.toInteger([a]),
  toFloat: ([a]) => number.toFloat([a]),
  toDecimal: ([a]) => number.toDecimal([a]),
  plus: ([a, b]) => time.plus([a, b]),
  minus: ([a, b]) => time.minus([a, b]),
  between: ([a, b]) => time.between([a, b]),
  startOf: ([a, b]) => time.startOf([a, b]),
  part: ([a, b]) => time.part([a, b]),
  toDate: ([a]) => time.toDate([a]),
  has: ([a, b]) => list.has([a, b]),
  hasAll: ([a, b]) => list.hasAll([a, b]),
  hasAny: ([a, b]) => list.hasAny([a, b]),
  append: ([a, b]) => list.append([a, b]),
  remove: ([a, b]) => list.remove([a, b]),
  size: ([a]) => `cardinality(${a.sql})`,
  cosineDistance: ([a, b]) => vector.cosineDistance([a, b]),
  l2Distance: ([a, b]) => vector.l2Distance([a, b]),
  innerProduct: ([a, b]) => vector.innerProduct([a, b]),
  distance: ([a, b]) => point.distance([a, b]),
  within: point.within,
  textAt: json.textAt,
  numberAt: json.numberAt,
  flagAt: json.flagAt,
  documentAt: json.documentAt,
  put: json.put,
  omit: ([a, b]) => json.omit([a, b]),
}

/** Compiles one call of the expression language. The result stands as one operand. */
export const compileCall = (fn: FunctionName, operands: readonly Operand[]): Sql =>
  functions[fn](operands as readonly [Operand, Operand, Operand])
