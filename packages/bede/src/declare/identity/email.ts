import type { FieldName } from '../../model/field-name.ts'
import type { Models, Schema } from '../../model/schema.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { readSpan, type Span } from '../../toolkit/span.ts'
import { modelNamed } from '../write.ts'

/** What accounts do by mails to their own address. Each brings its routes, and needs a way for mails to leave. */
export interface EmailOptions<S extends Schema<S>, M extends keyof S> {
  /** The account's address; absent, what people sign in with, or the model's only `email` field. */
  readonly email?: FieldName<S, M>
  /** New addresses are asked to be confirmed. `'required'`: nobody signs in before, and registering does not tell who has an account. */
  readonly verifyEmail?: true | 'required'
  /** An account moves to another address when both have confirmed. */
  readonly changeEmail?: true
  /** Signing in by a link, in the browser that asked for it. `lasts`: 15 minutes when absent. */
  readonly magicLink?: true | { readonly lasts?: Span }
  /** Signing in by a code, likewise. `lasts`: 10 minutes when absent. */
  readonly emailCode?: true | { readonly lasts?: Span }
  /** Pages of your own that the links lead to, as paths below the app's origin; Bede's when absent. */
  readonly pages?: {
    readonly verify?: `/${string}`
    readonly reset?: `/${string}`
    readonly change?: `/${string}`
    readonly magicLink?: `/${string}`
  }
}

/** Passwords that were forgotten. */
export type ResetOptions = true | { readonly lasts?: Span }

/** As recorded. Times are seconds. */
export interface RecordedEmail {
  readonly field: string
  readonly verify: 'asked' | 'required' | undefined
  readonly reset: number | undefined
  readonly change: number | undefined
  readonly magicLink: number | undefined
  readonly code: number | undefined
  readonly pages: Readonly<Partial<Record<Page, string>>>
}

type Page = 'verify' | 'reset' | 'change' | 'magicLink'
type Timed = true | { readonly lasts?: string }

/** The options, whatever the model. */
export interface LooseEmail {
  readonly email?: string
  readonly verifyEmail?: true | 'required'
  readonly changeEmail?: true
  readonly magicLink?: Timed
  readonly emailCode?: Timed
  readonly pages?: Readonly<Partial<Record<Page, string>>>
}

const lasting = { reset: '1h', change: '1d', magicLink: '15m', code: '10m' } as const
const knownPages: readonly string[] = ['verify', 'reset', 'change', 'magicLink'] satisfies readonly Page[]
/** A path, and nothing that could be read as an address of somewhere else; what comes behind `#` is the link's. */
const path = /^\/(?![/\\])[!"$-[\]-~]*$/

/** Undefined: nothing is done by mail. */
export function recordEmail(
  models: Models,
  { model, login, routes }: { readonly model: string; readonly login: string; readonly routes: boolean },
  { reset, ...options }: LooseEmail & { readonly reset?: Timed | undefined },
  place: string,
): RecordedEmail | undefined {
  const { verifyEmail, changeEmail, magicLink, emailCode, pages = {} } = options
  const asked = Object.entries({ verifyEmail, changeEmail, magicLink, emailCode, 'password.reset': reset })
  const on = asked.flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (on.length === 0) {
    const idle = Object.keys(options).find((name) => name === 'email' || name === 'pages')
    if (idle === undefined) return undefined
    throw refused(`${place}: ${idle} is said, and nothing is done by mail`, 'Turn on what is, as verifyEmail: true.')
  }
  if (!routes) throw refused(`${place}: ${on.join(', ')} without routes`, 'Take routes: false out: they are routes.')
  if (verifyEmail !== undefined && verifyEmail !== true && verifyEmail !== 'required')
    throw refused(`${place}: verifyEmail is ${JSON.stringify(verifyEmail)}`, "Write true or 'required'.")
  const field = options.email ?? addressOf(models, model, login, place)
  checkField(models, model, field, verifyEmail === 'required', place)
  for (const [name, page] of Object.entries(pages)) checkPage(name, page, `${place} pages`)
  const timed = (value: Timed | undefined, name: keyof typeof lasting): number | undefined =>
    value === undefined ? undefined : seconds(value === true ? undefined : value.lasts, name, place)
  return {
    field,
    // Whoever signs in by an address has to be able to say that it is theirs before somebody else has used it.
    verify: verifyEmail === 'required' ? 'required' : verifyEmail || magicLink || emailCode ? 'asked' : undefined,
    reset: timed(reset, 'reset'),
    change: timed(changeEmail, 'change'),
    magicLink: timed(magicLink, 'magicLink'),
    code: timed(emailCode, 'code'),
    pages: { ...pages },
  }
}

function addressOf(models: Models, model: string, login: string, place: string): string {
  const names = Object.entries(modelNamed(models, model).fields).flatMap(([name, member]) =>
    member.face === 'field' && member.type.kind === 'email' ? [name] : [],
  )
  if (names.includes(login)) return login
  const [name, ...others] = names
  if (name !== undefined && others.length === 0) return name
  throw refused(
    `${place}: ${model} has ${names.length} fields of kind email, so which one mails go to is not clear`,
    "Say email: '…', or add email({ unique: true }).",
  )
}

function checkField(models: Models, model: string, name: string, required: boolean, place: string): void {
  const { fields } = modelNamed(models, model)
  const member = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (member?.face !== 'field') {
    const meant = nearest(name, Object.keys(fields))
    throw new Problem('unknown-model-field', {
      message: `${place} email: ${model} has no field '${name}'`,
      ...(meant === undefined ? {} : { hint: `Perhaps you meant '${meant}'.` }),
    })
  }
  if (member.type.kind !== 'email' || !member.unique || (required && member.optional))
    throw refused(
      `${place}: mails to ${model}.${name} would not reach one account`,
      `Make it email({ unique: true })${required ? ', and not optional' : ''}.`,
    )
}

function checkPage(name: string, page: unknown, place: string): void {
  if (!knownPages.includes(name))
    throw refused(`${place}: there is no link to '${name}'`, `There are links to ${knownPages.join(', ')}.`)
  if (typeof page === 'string' && path.test(page)) return
  throw refused(
    `${place}.${name} is ${JSON.stringify(page)}`,
    "Write a path of the app, as '/new-password': links begin with its origin.",
  )
}

function seconds(said: string | undefined, name: keyof typeof lasting, place: string): number {
  const span = said ?? lasting[name]
  const length = readSpan(span)
  if (length !== undefined) return length
  throw refused(`${place} ${name}.lasts is '${span}'`, "Write a length of time like '15m' or '1h'.")
}

const refused = (message: string, hint: string): Problem => new Problem('invalid-declaration', { message, hint })
