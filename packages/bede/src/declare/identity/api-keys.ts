import type { Expr } from '../../expr/expr.ts'
import type { Expected } from '../../model/expression.ts'
import { Problem } from '../../telemetry/problem.ts'
import { readSpan, type Span } from '../../toolkit/span.ts'
import { rule } from '../recorded.ts'
import { answerOf, part, record } from '../recording.ts'
import { type ActorDeclaration, type ActorRow, actorRow } from '../scope.ts'

/** Programs call with keys that accounts make for them: what a key may do is what its scopes open, of what its account may. */
export interface ApiKeysOptions<A = unknown> {
  /**
   * What keys can be made for, and nothing else is open to them. `articles:read` and `articles:write` open what is
   * exposed at `/articles`; any other name is said of an operation: `route(…, { scope: 'reports' })`.
   */
  readonly scopes: readonly [string, ...string[]]
  /** What every key begins with, so that people and scanners know one; the app's name without it. Letters and digits, 2 to 20. */
  readonly prefix?: string
  /** How long a key lives at most; 365 days when absent. */
  readonly max?: Span
  /** How many an account has at most; 20 when absent. */
  readonly perAccount?: number
  /** Who makes services and their keys: accounts that are no person's. Absent: the system alone. */
  readonly services?: (scope: { readonly actor: ActorRow<A, never> }) => Expected['condition']
}

/** As recorded. */
export interface RecordedApiKeys {
  readonly scopes: readonly string[]
  readonly prefix: string | undefined
  /** Seconds. */
  readonly max: number
  readonly perAccount: number
  readonly services: Expr | undefined
}

interface Loose {
  readonly scopes?: readonly string[]
  readonly prefix?: string
  readonly max?: string
  readonly perAccount?: number
  readonly services?: (scope: object) => unknown
}

const usual = { max: '365d', perAccount: 20 }
/** More than anybody keeps apart. */
const mostPerAccount = 1000

const prefixForm = /^[a-z][a-z0-9]{1,19}$/
/** Part of what OAuth 2.0 allows (RFC 6749 §3.3): a list of them can stand in a header, an address and a shell. */
const scopeForm = /^[A-Za-z][A-Za-z0-9._-]*(?::[A-Za-z0-9._-]+)*$/
const longestScope = 60

export function recordApiKeys(actor: ActorDeclaration, options: Loose, place: string): RecordedApiKeys {
  const { scopes = [], prefix, max = usual.max, perAccount = usual.perAccount, services } = options
  if (!Array.isArray(scopes) || scopes.length === 0)
    throw refused(`${place} apiKeys: there are no scopes`, "Write what keys may do: scopes: ['articles:read'].")
  const strange = scopes.find((one) => typeof one !== 'string' || one.length > longestScope || !scopeForm.test(one))
  if (strange !== undefined)
    throw refused(
      `${place} apiKeys.scopes: ${JSON.stringify(strange)} is no scope`,
      `Write a name of at most ${longestScope} letters, digits and . _ - :, as 'articles:read'.`,
    )
  const twice = scopes.find((one, index) => scopes.indexOf(one) !== index)
  if (twice !== undefined) throw refused(`${place} apiKeys.scopes: '${twice}' is there twice`, 'Write it once.')
  if (prefix !== undefined && !prefixForm.test(prefix))
    throw refused(
      `${place} apiKeys.prefix is ${JSON.stringify(prefix)}`,
      "Write 2 to 20 lower-case letters and digits, a letter first: prefix: 'acme'.",
    )
  const seconds = readSpan(max)
  if (seconds === undefined) throw refused(`${place} apiKeys.max is '${max}'`, "Write a length of time like '90d'.")
  if (!Number.isInteger(perAccount) || perAccount < 1 || perAccount > mostPerAccount)
    throw refused(
      `${place} apiKeys.perAccount is ${perAccount}`,
      `Write a whole number from 1 to ${mostPerAccount}; ${usual.perAccount} is a good one.`,
    )
  const may = services && record(place, () => part('apiKeys.services', nobody, () => maker(services, actor)))
  return { scopes: [...scopes], prefix, max: seconds, perAccount, services: may }
}

const maker = (services: (scope: object) => unknown, actor: ActorDeclaration): Expr =>
  rule(answerOf('apiKeys.services', services, { actor: actorRow(actor, true) }))

const nobody: Expr = { kind: 'literal', value: false, type: { kind: 'boolean' } }

const refused = (message: string, hint: string): Problem => new Problem('invalid-declaration', { message, hint })
