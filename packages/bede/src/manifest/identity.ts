import type { Expr } from '../expr/expr.ts'

/** How the rows of the actor's model sign in. */
export interface IdentityDefinition {
  readonly model: string
  /** The unique field people sign in with. */
  readonly login: string
  /** The field of kind `secret` that holds the password's hash. */
  readonly password: string
  /** Characters of a new password. */
  readonly passwordMin: number
  /** What else a new account may say of itself. */
  readonly register: readonly string[]
  readonly sessions: SessionsDefinition
  /** Codes of an authenticator app as a second factor. `issuer`: whose they are; absent: the app's name. */
  readonly totp?: { readonly issuer?: string }
  /** Passkeys. `rpName`: whose they are; absent: the app's name. */
  readonly passkeys?: { readonly rpName?: string }
  /** What asks again who somebody is: seconds for which the last proof counts. */
  readonly stepUp?: { readonly within: number }
  /** Nobody is told what they may do: there is no `me.permissions`. */
  readonly permissions?: false
  /** Accounts belong to organizations. Absent: there are none. */
  readonly organizations?: OrganizationsDefinition
  /** Some look after the accounts of others. Absent: nobody does. */
  readonly administration?: AdministrationDefinition
  /** Accounts make keys for programs. Absent: there are none. */
  readonly apiKeys?: ApiKeysDefinition
  /** What is done by mails to the account's own address. Absent: nothing is. */
  readonly email?: EmailDefinition
}

/** Whoever `allow` holds for administers the accounts of those for whom it does not. Over the actor alone. */
export interface AdministrationDefinition {
  readonly allow: Expr
  /** Seconds that one may act as somebody else. Absent: nobody does. */
  readonly impersonation?: number
}

/** How long sessions last, in seconds, and by what their holders show them. */
export interface SessionsDefinition {
  /** Since sign-in, and without a request. */
  readonly absolute: number
  readonly idle: number
  /** By signed tokens, which are good for `access`; a key signs for `keys`. Absent: by opaque ones. */
  readonly signed?: { readonly access: number; readonly keys: number }
  /** Browsers may have theirs in a cookie; `name` absent: made of the app's name. Absent: there are no cookies. */
  readonly cookie?: { readonly name?: string; readonly sameSite?: 'strict' }
}

/** Of which organization the actor is a member, and as what, are its fields `organizationId` and `organizationRole`. */
export interface OrganizationsDefinition {
  readonly model: string
  /** From the one that may do everything to the one that may do nothing to others. */
  readonly roles: readonly string[]
  /** What a new organization may say of itself. */
  readonly create: readonly string[]
  /** Seconds that an invitation can be accepted. */
  readonly invitations: number
}

/** Keys that act as the account that has them, within their scopes. */
export interface ApiKeysDefinition {
  /** What a key can be made for: each is the scope of an operation. */
  readonly scopes: readonly string[]
  /** What every key begins with; absent: made of the app's name. */
  readonly prefix?: string
  /** The longest life of a key, in seconds. */
  readonly max: number
  /** How many an account has at most. */
  readonly perAccount: number
  /** Who makes services and their keys; over the actor alone. Absent: the system alone. */
  readonly services?: Expr
}

/** What mails to an account's own address are good for. Times are how many seconds their links and codes last; absent: not that. */
export interface EmailDefinition {
  /** The account's unique field of kind `email`. */
  readonly field: string
  /** New addresses are asked for their confirmation; `required`: nobody signs in before it. */
  readonly verify?: 'asked' | 'required'
  /** A new password for one that was forgotten. */
  readonly reset?: number
  /** Another address, confirmed on both. */
  readonly change?: number
  /** Signing in by a link. */
  readonly magicLink?: number
  /** Signing in by a code. */
  readonly code?: number
  /** Pages of the app's own that links lead to, as paths below its origin; absent: Bede's. */
  readonly pages: {
    readonly verify?: string
    readonly reset?: string
    readonly change?: string
    readonly magicLink?: string
  }
}
