import type { Finding } from '../finding.ts'
import type { Entry } from '../inventory/inventory.ts'
import { type Draft, draft } from '../inventory/request.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import type { Send, Target } from '../target/target.ts'
import { type Newcomer, newcomers } from '../world/newcomers.ts'
import { nobody } from '../world/person.ts'
import { hole } from './found.ts'
import type { Probe } from './probe.ts'
import { isLogin, isPassword, linkToken, mailed, opened, own, saying, signedIn, takingPasswords } from './signing-in.ts'

const [forgot, reset] = ['auth.password.forgot', 'auth.password.reset']
/** Nobody's yet, and no password that would be guessed. */
const chosen = ['Chosen-anew 3 times, other horse', 'Chosen-anew 4 times, other mule'] as const

/** A link to a new password is for one account, for one time, and ends what was signed in. */
export const passwordReset: Probe = {
  name: 'links to a new password are used twice, at once, for others and for something else',
  classes: [84, 97, 99],
  applies(_, target) {
    if (target.manifest.identity?.email?.reset === undefined) return 'nobody resets a password by mail'
    return [forgot, reset].every((name) => own(target, name)) || 'the operations of it are not among those called'
  },
  async run({ target }) {
    const found: Finding[] = []
    const redeem = own(target, reset)
    if (!redeem) return found
    const choosing = (token: string, password: string): Draft | undefined => saying(redeem, target, { token, password })
    await target.together(async (trial) => {
      const [ada, bob] = await newcomers(target, trial, ['ada', 'bob'])
      if (!ada || !bob) return
      const before = await signedIn(target, trial.send, ada)
      const tokens = [await tokenOf(target, trial.send, ada), await tokenOf(target, trial.send, bob)]
      const [token, other] = tokens
      if (token === undefined || other === undefined) return
      const end = token.endsWith('A') ? 'B' : 'A'
      const altered = choosing(`${token.slice(0, -1)}${end}`, chosen[0])
      const guessed = altered && (await trial.send(altered, nobody))
      if (guessed && changed(guessed, [ada, bob], target).length > 0)
        found.push(resetHole(84, guessed, 'A link that nobody was sent sets a password'))
      const right = choosing(token, chosen[0])
      if (!right) return
      const done = await trial.send(right, nobody)
      if (changed(done, [bob], target).length > 0)
        found.push(resetHole(84, done, 'The link of one account sets the password of another'))
      if (!succeeded(done)) return
      const again = choosing(token, chosen[1])
      const twice = again && (await trial.send(again, nobody))
      if (twice && changed(twice, [ada, bob], target).length > 0)
        found.push(resetHole(97, twice, 'A link to a new password works twice'))
      const me = own(target, 'auth.me')
      const mine = me && draft(me, target.world)
      const outlived = before && mine && (await trial.send(mine, ada, before))
      if (outlived && succeeded(outlived))
        found.push(resetHole(99, outlived, 'A session goes on after the password was reset'))
      found.push(...(await elsewhere(target, trial.send, { token: other, owner: bob })))
    })
    await target.together(async (trial) => {
      const [ada] = await newcomers(target, trial, ['ada'])
      const token = ada && (await tokenOf(target, trial.send, ada))
      const both = token === undefined ? [] : chosen.map((password) => choosing(token, password))
      const [one, two] = both
      if (!one || !two) return
      const { both: answers } = await trial.meet({ draft: one, as: nobody }, { draft: two, as: nobody })
      if (answers.every(succeeded))
        found.push(resetHole(97, answers[1], 'A link to a new password works twice, sent twice at once'))
    })
    return found
  },
}

const resetHole = (number: number, exchange: Exchange, says: string): Finding =>
  hole(number, exchange, { says, hint: 'Let POST /auth/password/reset set passwords, and no other way.' })

/** The rows of these accounts that a request has changed. */
const changed = ({ changes }: Exchange, people: readonly Newcomer[], { manifest }: Target) =>
  changes.filter(
    ({ model, kind, id }) =>
      model === manifest.identity?.model && kind === 'updated' && people.some(({ account }) => account === id),
  )

async function tokenOf(target: Target, send: Send, who: Newcomer): Promise<string | undefined> {
  const ask = own(target, forgot)
  const request = ask && saying(ask, target, { email: who.login })
  if (!request || !succeeded(await send(request, nobody))) return undefined
  return mailed(target, who, linkToken)
}

/** A token of one kind, shown to everything else that takes one. */
async function elsewhere(
  target: Target,
  send: Send,
  { token, owner }: { readonly token: string; readonly owner: Newcomer },
): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const entry of target.entries) {
    if (entry.name === reset || entry.operation.auth === 'required' || !entry.slots.some(isToken)) continue
    const request = saying(entry, target, { token, code: token, challenge: token })
    const exchange = request && (await send(request, nobody))
    if (exchange && (opened(exchange, owner) > 0 || changed(exchange, [owner], target).length > 0))
      found.push(
        hole(84, exchange, {
          says: 'A link to a new password is taken for something else',
          hint: `Let ${entry.name} take only what it has given out itself.`,
        }),
      )
  }
  return found
}

const isToken = ({ path }: Entry['slots'][number]): boolean => /token|code|challenge/i.test(path.at(-1) ?? '')

/** A password is set by whoever proves whose account it is, and by nobody else. */
export const takeovers: Probe = {
  name: 'whatever takes a name and a password is sent another password for an account of somebody else',
  classes: [29],
  applies: (_, target) => takingPasswords(target).length > 0 || 'nobody signs in by a password here',
  async run({ target }) {
    const found: Finding[] = []
    for (const entry of takingPasswords(target)) {
      await target.together(async (trial) => {
        const [ada] = await newcomers(target, trial, ['ada'])
        const request =
          ada &&
          draft(entry, target.world, {
            values: 'fresh',
            full: true,
            fill: (slot) => {
              if (isLogin(slot, target)) return { value: ada.login }
              return isPassword(slot, target) ? { value: chosen[0] } : undefined
            },
          })
        const exchange = request && (await trial.send(request, nobody))
        if (exchange && changed(exchange, [ada], target).length > 0)
          found.push(
            hole(29, exchange, {
              says: 'Somebody who is not signed in sets the password of an account',
              hint: 'Ask for a link that was sent to its owner: password: { reset: true } in the identity brings it.',
            }),
          )
      })
    }
    return found
  },
}
