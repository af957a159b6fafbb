import type { Auth as Needs } from '../declare/action.ts'
import type { Hands } from '../declare/handler.ts'
import { type Endpoint, splitEndpoint } from '../declare/path.ts'
import type { Actor } from '../engine/call.ts'
import type { Expr, Source } from '../expr/expr.ts'
import { pageInputsOf } from '../manifest/exposed/row.ts'
import type { Brought } from '../manifest/link/identity.ts'
import { group, linkInputs } from '../manifest/link/input.ts'
import type { HttpBinding, InputField, Shape } from '../manifest/manifest.ts'
import type { Inputs, None, Received } from '../model/field.ts'
import { handsOf, type IdentityHands } from './hands.ts'

type Whose<U> = U extends 'optional' ? Actor | null : Actor

interface Said<I extends Inputs, U extends Needs> {
  readonly summary: string
  /** `required` unless said otherwise. */
  readonly auth?: U
  /** Values by name: those in the path from there, a GET's others from the query, any other's from the body. */
  readonly input?: I
  /** The same, for what is known of the account's model only when it is linked. */
  readonly fields?: Readonly<Record<string, InputField>>
  readonly status?: number
  /** With which an API key may call it, where the app declares that one; absent: no key may. */
  readonly scope?: string
  /** Dangerous in wrong hands: asks again who somebody is. */
  readonly guarded?: true
  /** Cookies that stand for values which the body may leave out: the name of each, and the value's. */
  readonly cookies?: Readonly<Record<string, keyof I & string>>
}

interface Running<I extends Inputs, U extends Needs> extends Said<I, U> {
  /** Absent: no body. */
  readonly output?: Inputs
  /** The answer or the input holds a secret: never kept for a replay, never logged. */
  readonly sensitive?: true
  /** The templates of the mails it sends. */
  readonly mails?: Brought['mails']
  /** Calls that give the same values run one after the other. */
  readonly exclusive?: { readonly group: string; readonly keys: readonly Expr[] }
  /** Who may; over the actor and the input. */
  readonly allow?: Expr
  /** `false`: whoever acts as somebody else may do it too. */
  readonly personal?: false
  /** It may change in which tenant the caller acts. */
  readonly moves?: true
  readonly run: (given: Hands<Whose<U>> & IdentityHands & { readonly input: Received<I> }) => unknown
}

/** Points of a call that may send a mail. */
const mailCosts = 5

/** An operation of identity's that runs a handler: in one transaction, through the engine, like any of the app's. */
export function operation<const I extends Inputs = None, const U extends Needs = 'required'>(
  endpoint: Endpoint,
  options: Running<I, U>,
): Brought {
  const { run, output, sensitive, exclusive, allow, mails, moves, status, guarded } = options
  const personal = options.auth !== 'optional' && options.personal !== false
  return {
    ...(guarded && { guarded }),
    operation: {
      kind: 'invoke',
      ...said(endpoint, options, status ?? (output ? 200 : 204)),
      ...(output && { output: group(linkInputs(output)) }),
      ...(sensitive && { sensitive }),
      ...(exclusive && { exclusive }),
      ...(allow && { allow }),
      ...(personal && { personal }),
      ...(moves && { moves }),
      ...(mails && { cost: mailCosts }),
    },
    ...(mails && { mails }),
    handler: ({ input, ...hands }) =>
      run({ ...hands, ...handsOf(hands.auth), input } as unknown as Parameters<typeof run>[0]),
  }
}

/** A read of identity's: one statement, under the policies of what it reads. */
export function reading<const I extends Inputs = None>(
  endpoint: Endpoint,
  options: Omit<Said<I, 'required'>, 'guarded'> & { readonly answers: Shape },
): Brought {
  return { operation: { kind: 'read', ...said(endpoint, options, undefined), answers: options.answers } }
}

/** A page of rows of one of the platform's models: what was made first comes first, or what was made latest. */
export const listing = (
  endpoint: Endpoint,
  {
    summary,
    from,
    item,
    latest = false,
  }: { readonly summary: string; readonly from: Source; readonly item: Shape; readonly latest?: boolean },
): Brought => {
  const limit = { default: 50, max: 200 }
  return reading(endpoint, {
    summary,
    fields: pageInputsOf(limit),
    answers: {
      kind: 'page',
      from,
      item,
      page: { sort: {}, defaultSort: latest ? '-id' : 'id', defaultLimit: limit.default, maxLimit: limit.max },
    },
  })
}

function said(
  endpoint: Endpoint,
  { summary, auth = 'required', input, fields, scope, cookies }: Said<Inputs, Needs>,
  status?: number,
) {
  const { method, path, params } = splitEndpoint(endpoint)
  const all = { ...(input && linkInputs(input)), ...fields }
  const others = Object.keys(all).filter((name) => !params.includes(name))
  const at = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, [name]]))
  const http: HttpBinding = {
    method,
    path,
    ...(status !== undefined && { status }),
    params: at(params),
    query: method === 'GET' ? at(others) : {},
    ...(method !== 'GET' && others.length > 0 && { body: [] }),
    ...(cookies && { cookies: Object.fromEntries(Object.entries(cookies).map(([name, of]) => [name, [of]])) }),
  }
  return { auth, input: all, summary, http, ...(scope !== undefined && { scope }) }
}
