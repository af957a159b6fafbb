import { isMembers } from '../../../engine/complete.ts'
import type { Json } from '../../../expr/value.ts'
import { platform } from '../../../manifest/platform/names.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import { type Draft, draft } from '../inventory/request.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import type { Send, Target } from '../target/target.ts'
import { type Newcomer, shownToken } from '../world/newcomers.ts'
import { nobody, type Shown } from '../world/person.ts'

/** An operation of identity's own, where HTTP reaches it. */
export const own = ({ entries }: Pick<Target, 'entries'>, name: string): Entry | undefined =>
  entries.find((entry) => entry.name === name && entry.brought)

/** A request that says these, by the last part of their name; what else it needs is made up. */
export const saying = (entry: Entry, { world }: Target, said: Readonly<Record<string, Json>>): Draft | undefined =>
  draft(entry, world, {
    values: 'fresh',
    fill: ({ path }) => {
      const value = Object.hasOwn(said, path.at(-1) ?? '') ? said[path.at(-1) ?? ''] : undefined
      return value === undefined ? undefined : { value }
    },
  })

/** Where somebody says who they are. */
export const isLogin = ({ path, column }: Slot, { manifest: { identity } }: Target): boolean =>
  identity !== undefined &&
  (column ? column.model === identity.model && column.field === identity.login : path.at(-1) === identity.login)

export const isPassword = ({ path, field }: Slot, { manifest: { identity } }: Target): boolean =>
  field.type.kind === 'secret' || path.at(-1) === identity?.password

/** Operations that take what somebody signs in with, whoever calls: those of identity's, and the app's own. */
export const takingPasswords = (target: Target): readonly Entry[] =>
  target.entries.filter(
    ({ operation, slots, http }) =>
      operation.auth !== 'required' &&
      http.method !== 'GET' &&
      slots.some((slot) => isLogin(slot, target)) &&
      slots.some((slot) => isPassword(slot, target)),
  )

/** What somebody sends to sign in, at an operation that takes it. */
export const signingIn = (
  entry: Entry,
  target: Target,
  { login, password }: Pick<Newcomer, 'login' | 'password'>,
): Draft | undefined =>
  draft(entry, target.world, {
    values: 'fresh',
    fill: (slot) => {
      if (isLogin(slot, target)) return { value: login }
      return isPassword(slot, target) ? { value: password } : undefined
    },
  })

/** Sessions of somebody that a request has opened. */
export const opened = ({ changes }: Exchange, { account }: Newcomer): number =>
  changes.filter(
    ({ model, kind, columns }) =>
      model === platform.session && kind === 'created' && String(columns.account_id) === account,
  ).length

/** A member of a JSON answer; undefined: it is no text. */
export function textIn({ text }: Pick<Exchange, 'text'>, name: string): string | undefined {
  try {
    const answer: Json = JSON.parse(text)
    const value = isMembers(answer) && Object.hasOwn(answer, name) ? answer[name] : undefined
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** Signs somebody in by the first way that does; undefined: by password nobody comes in. */
export async function signedIn(target: Target, send: Send, who: Newcomer): Promise<Shown | undefined> {
  for (const entry of takingPasswords(target)) {
    const request = signingIn(entry, target, who)
    const exchange = request && (await send(request, nobody))
    const token = exchange && succeeded(exchange) && opened(exchange, who) > 0 ? tokenIn(exchange.text) : undefined
    if (token !== undefined) return shownToken(token, target.served.scheme)
  }
  return undefined
}

/** The app's own routes may call it as they like; it is as long as a token is. */
const tokenIn = (text: string): string | undefined => /"(?:\w*[tT]oken)"\s*:\s*"([\w.~+/-]{32,})"/.exec(text)?.[1]

/** Milliseconds until a mail has come, however busy the machine is. */
const patience = 15_000
const pause = 20

/** The newest mail to somebody that holds what is looked for: the first group of the pattern. */
export async function mailed(
  { served: { mailbox } }: Target,
  { login }: Newcomer,
  wanted: RegExp,
): Promise<string | undefined> {
  for (let waited = 0; waited < patience; waited += pause) {
    for (const { to, text } of mailbox.list()) {
      const [, found] = (to.toLowerCase() === login.toLowerCase() && wanted.exec(text)) || []
      if (found !== undefined) return found
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  return undefined
}

/** The token behind the `#` of a link. */
export const linkToken = /#token=([\w-]+)/
export const mailedCode = /\b(\d{4}-\d{4})\b/
