import { App, type AppOptions } from '../declare/app.ts'
import type { Handler } from '../declare/handler.ts'
import { type Booted, type BootOptions, boot, type Parts } from '../engine/boot.ts'
import type { OperationCall, Outcome } from '../engine/call.ts'
import { Opened } from '../engine/opened.ts'
import type { Brought } from '../manifest/link/identity.ts'
import { verified } from '../manifest/read.ts'
import type { OutboundOptions } from '../toolkit/http/outbound.ts'
import { accountsOf } from './account.ts'
import { keyAuthenticator } from './api-keys/authenticator.ts'
import { type Authenticate, type Authenticator, authenticateBy } from './authenticator.ts'
import { link } from './link.ts'
import type { MailSetup } from './mail/delivery.ts'
import { createMailing, type Mailing } from './mail/mailing.ts'
import { requireMail } from './mail/required.ts'
import { identityOperations } from './operations.ts'
import { createServices } from './services.ts'
import { byCookie, byToken, sessionAuthenticator } from './session-authenticator.ts'
import { signing } from './sign-in.ts'
import { bySigned } from './signed/showing.ts'
import type { Signed } from './signed/signed.ts'

export interface StartOptions extends Omit<BootOptions, 'auth' | 'outbound' | 'onError' | 'programs'> {
  /** Of the place: hosts and ports of its own network that handlers may call (`search:9200`), and how names are resolved. */
  readonly http?: Pick<OutboundOptions, 'private' | 'resolve' | 'ca'>
  /**
   * How mails leave. `elsewhere`: they wait for another process that shares the database. Absent: in development they
   * wait; in production a backend whose identity sends mails does not start.
   */
  readonly mail?: MailSetup | 'elsewhere'
  /**
   * Where people reach the backend: `https://app.example`. A function where it is known only once the server listens.
   * Passkeys belong to it, and signed tokens are in its name: a backend that has them and is told where it is reached starts only with a secret.
   */
  readonly origin?: string | (() => string)
}

/** A running backend: what surfaces, commands and tests are given. */
export interface Backend extends Booted {
  /** Whose credential this is; null: nobody's, which is a 401 and never "not signed in". */
  readonly authenticate: Authenticate
  /** Where browsers keep sessions in a cookie: which one, whose it is, and the line that takes it away. */
  readonly cookie?: { readonly name: string; readonly cleared: string; readonly authenticate: Authenticate }
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
  const operations = accounts ? identityOperations(accounts) : {}
  if (options.mode === 'production' && options.mail === undefined) requireMail(operations)
  let mailing: Mailing | undefined
  const kinds: Authenticator[] = []
  let cookie: Backend['cookie']
  let signed: Signed | undefined
  const booted = await boot(
    { ...parts, handlers: { ...parts.handlers, ...handlersOf(operations) } },
    {
      ...options,
      outbound: { ...edge.http, ...options.http },
      ...(edge.onError && { onError: edge.onError }),
      ...(edge.exec && { programs: edge.exec }),
      ...(accounts && {
        auth: (base) => {
          mailing = createMailing(base)
          const { origin } = options
          const setting = { development: options.mode === 'development', ...(origin !== undefined && { origin }) }
          const services = createServices(base, accounts, mailing.post, setting)
          signed = services.signed
          kinds.push(sessionAuthenticator(services, signed ? bySigned(signed.tokens) : byToken))
          if (services.apiKeys) kinds.push(keyAuthenticator(services, services.apiKeys))
          if (services.cookie) {
            const { name, cleared } = services.cookie
            cookie = { name, cleared, authenticate: authenticateBy([sessionAuthenticator(services, byCookie)]) }
          }
          return signing(services)
        },
      }),
    },
  )
  const open = new Opened()
  open.add(() => booted.close())
  open.add(() => mailing?.stop())
  try {
    if (options.origin !== undefined) await signed?.keys.current(booted.clock())
    if (options.mail !== undefined && options.mail !== 'elsewhere') mailing?.deliver(options.mail)
  } catch (error) {
    await open.close()
    throw error
  }
  return {
    ...booted,
    close: () => open.close(),
    authenticate: authenticateBy(kinds),
    ...(cookie && { cookie }),
    options: edge,
    call: (operation, input = {}, actor = null) => booted.engine.call({ operation, input, actor }),
  }
}

/** A manifest that was read from a file has identity's operations, and their handlers are here. */
const handlersOf = (operations: Readonly<Record<string, Brought>>): Readonly<Record<string, Handler>> =>
  Object.fromEntries(Object.entries(operations).flatMap(([name, { handler }]) => (handler ? [[name, handler]] : [])))
