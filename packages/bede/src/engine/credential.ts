import type { Actor } from './call.ts'

/** What a caller came with, and what follows from it. */
export interface Credential {
  readonly kind: string
  /** The id of its row. */
  readonly id: string
  /** As it was sent. */
  readonly token: string
  /** The account of whoever acts as somebody else with it. */
  readonly impersonator?: string | number
  /** A browser sent it by itself, and not whoever wrote the request. */
  readonly cookie?: true
  /** When its owner last proved who they are; absent: never, as with the key of an API. */
  readonly provenAt?: Date
  /** What it may be used for, of what the actor may do; absent: for all of it. */
  readonly scopes?: readonly string[]
}

/** Beside the actor and not in it: no expression and no log of the actor holds a credential. */
const brought = new WeakMap<object, Credential>()

const mark = Symbol('credential')

/** A member that says nothing and by which a copy, `{ ...actor }`, is known to have come with the same: it has no more rights. */
export const markOfCredential = (): { readonly [mark]: object } => ({ [mark]: Object.freeze({}) })

/** What stands for an actor and for its copies. */
function bearerOf(actor: object): object {
  const known: unknown = Reflect.get(actor, mark)
  return typeof known === 'object' && known !== null ? known : actor
}

/** The same actor, who came with this. */
export function bringing<A extends Actor>(actor: A, credential: Credential): A {
  brought.set(bearerOf(actor), credential)
  return actor
}

/** What brought this actor; undefined for one that came otherwise, as a job's or a test's. */
export const credentialOf = (actor: object | null): Credential | undefined =>
  actor === null ? undefined : brought.get(bearerOf(actor))

/** Who really calls, for what is written down about a call; nothing where it is the actor. */
export const impersonating = (actor: object | null): { readonly impersonatorId?: string } => {
  const impersonator = credentialOf(actor)?.impersonator
  return impersonator === undefined ? {} : { impersonatorId: String(impersonator) }
}
