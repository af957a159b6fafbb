import { App, type AppOptions } from '../declare/app.ts'
import { type Booted, type BootOptions, boot, type Parts } from '../engine/boot.ts'
import type { OperationCall, Outcome } from '../engine/call.ts'
import { link } from '../manifest/link/link.ts'
import { verified } from '../manifest/read.ts'
import { accountsOf } from './account.ts'
import { type Authenticate, type Authenticator, authenticateBy } from './authenticator.ts'
import { identityHandlers } from './handlers.ts'
import { sessionAuthenticator } from './session-authenticator.ts'
import { createSessions } from './sessions.ts'
import { signing } from './sign-in.ts'

export interface StartOptions extends Omit<BootOptions, 'auth'> {}

/** A running backend: what surfaces, commands and tests are given. */
export interface Backend extends Booted {
  /** Whose credential this is; null: nobody's, which is a 401 and never "not signed in". */
  readonly authenticate: Authenticate
  /** What the app says to the edge. */
  readonly options: AppOptions
  /** Calls an operation in this process, through the same door as every surface (law 1). */
  call(operation: string, input?: unknown, actor?: OperationCall['actor']): Promise<Outcome>
}

/**
 * Starts a backend from an app's declarations, or from a manifest, whose compiled operations need nothing else.
 * Throws a Problem that says what to do when the declaration, a setting, a secret or the database is not as it must be.
 */
export async function start(app: App | Parts, options: StartOptions): Promise<Backend> {
  const { options: edge, ...parts }: Parts & { readonly options: AppOptions } =
    app instanceof App ? link(app) : { ...app, manifest: verified(app.manifest), options: {} }
  const accounts = accountsOf(parts.manifest)
  const kinds: Authenticator[] = []
  const booted = await boot(
    { ...parts, handlers: { ...parts.handlers, ...(accounts ? identityHandlers(accounts) : {}) } },
    {
      ...options,
      ...(accounts && {
        auth: (base) => {
          const sessions = createSessions(base.planner, accounts)
          kinds.push(sessionAuthenticator(base, accounts, sessions))
          return signing(base, accounts, sessions)
        },
      }),
    },
  )
  return {
    ...booted,
    authenticate: authenticateBy(kinds),
    options: edge,
    call: (operation, input = {}, actor = null) => booted.engine.call({ operation, input, actor }),
  }
}
