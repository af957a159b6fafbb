import { redeemedAt } from '../../identity/email/links.ts'
import type { IdentityDefinition, Manifest } from '../../manifest/manifest.ts'
import { refuseBody } from '../http/request/body.ts'
import type { Surface } from '../surface.ts'
import { type Asked, linkPage, policy } from './page.ts'

/** The pages that links in mails lead to, where the app names none of its own: what a link redeems is redeemed by a button. */
export const linkPages: Surface = {
  name: 'links',
  mount(manifest, _engine, server) {
    for (const [path, asked] of Object.entries(pagesOf(manifest))) {
      const body = linkPage(manifest.name, asked)
      server.route({
        method: 'GET',
        path,
        rule: { open: 'a page that is the same for everybody' },
        answer: async ({ request }) => {
          refuseBody(request)
          const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'public, no-cache' }
          return { status: 200, page: 'docs', headers, body, policy }
        },
      })
    }
  },
}

/** By path. */
function pagesOf({ identity, operations }: Manifest): Readonly<Record<string, Asked>> {
  const { email } = identity ?? {}
  if (!identity || !email) return {}
  const kinds = Object.keys(redeemedAt) as (keyof typeof redeemedAt)[]
  const paths = new Set(Object.values(operations).map(({ http }) => http?.path))
  return Object.fromEntries(
    kinds.flatMap((kind) =>
      paths.has(redeemedAt[kind]) && email.pages[kind] === undefined ? [[redeemedAt[kind], asked[kind](identity)]] : [],
    ),
  )
}

const asked: Readonly<Record<keyof typeof redeemedAt, (identity: IdentityDefinition) => Asked>> = {
  verify: () => ({
    title: 'Confirm your address',
    text: 'Is the address to which this link was sent yours?',
    button: 'Confirm the address',
    done: 'The address is confirmed.',
  }),
  reset: ({ passwordMin }) => ({
    title: 'Choose a new password',
    text: `At least ${passwordMin} characters. Everything that is signed in will be signed out.`,
    button: 'Change the password',
    done: 'The password is changed. Sign in with it.',
    password: passwordMin,
  }),
  change: () => ({
    title: 'Move your account to another address',
    text: 'The account moves once both addresses have confirmed, and everything that is signed in is signed out then.',
    button: 'Confirm the move',
    done: 'The account has moved to the new address.',
    half: 'Confirmed. The account moves when the other address has confirmed, too.',
    cancel: {
      button: 'Call it off',
      path: '/auth/email/change/cancel',
      done: 'It is called off. Nothing has changed.',
    },
  }),
  magicLink: ({ sessions }) => ({
    title: 'Sign in',
    text: 'You asked for this link in this browser.',
    button: 'Sign in',
    done: sessions.cookie ? 'You are signed in.' : 'You are signed in. This is the token to call with:',
    session: sessions.cookie ? 'cookie' : 'token',
  }),
}
