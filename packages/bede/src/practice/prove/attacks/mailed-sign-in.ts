import type { Finding } from '../finding.ts'
import type { Draft } from '../inventory/request.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import type { Target, Trial } from '../target/target.ts'
import { type Newcomer, newcomers } from '../world/newcomers.ts'
import { nobody } from '../world/person.ts'
import { hole } from './found.ts'
import type { Probe } from './probe.ts'
import { linkToken, mailed, mailedCode, opened, own, saying, textIn } from './signing-in.ts'

/** What is sent in a mail to sign in by: where it is asked for, where it is shown, and how it is found in the mail. */
const kinds = [
  { what: 'link', ask: 'auth.magic.link', redeem: 'auth.magic.redeem', member: 'token', looks: linkToken },
  { what: 'code', ask: 'auth.magic.code', redeem: 'auth.magic.redeemCode', member: 'code', looks: mailedCode },
] as const

type Kind = (typeof kinds)[number]

/** A link or a code in a mail signs in once, in the browser that asked for it. */
export const mailedSignIn: Probe = {
  name: 'links and codes that sign in are used twice, at once, and in another browser',
  classes: [91, 97],
  applies(_, target) {
    const { magicLink, code } = target.manifest.identity?.email ?? {}
    if (magicLink === undefined && code === undefined) return 'nobody signs in by what is mailed'
    return kinds.some((kind) => isCalled(target, kind)) || 'the operations of it are not among those called'
  },
  async run({ target }) {
    const found: Finding[] = []
    for (const kind of kinds.filter((one) => isCalled(target, one))) {
      await target.together(async (trial) => {
        const [ada, bob] = await newcomers(target, trial, ['ada', 'bob'])
        const mine = ada && (await asked(target, trial, ada, kind))
        const theirs = bob && (await asked(target, trial, bob, kind))
        if (!ada || !mine || !theirs) return
        for (const binding of [undefined, theirs.binding]) {
          const elsewhere = shown(target, kind, { ...mine, binding })
          const exchange = elsewhere && (await trial.send(elsewhere, nobody))
          if (exchange && opened(exchange, ada) > 0)
            found.push(mailedHole(91, exchange, `A ${kind.what} signs in where nobody has asked for it`))
        }
      })
      await target.together(async (trial) => {
        const [ada] = await newcomers(target, trial, ['ada'])
        const mine = ada && (await asked(target, trial, ada, kind))
        const request = mine && shown(target, kind, mine)
        if (!ada || !request) return
        const { both } = await trial.meet({ draft: request, as: nobody }, { draft: request, as: nobody })
        if (opened(both[1], ada) > 1)
          found.push(mailedHole(91, both[1], `A ${kind.what} signs in twice, sent twice at once`))
        const again = await trial.send(request, nobody)
        if (both.some(succeeded) && opened(again, ada) > 0)
          found.push(mailedHole(97, again, `A ${kind.what} signs in twice`))
      })
    }
    return found
  },
}

const isCalled = (target: Target, { ask, redeem }: Kind): boolean =>
  own(target, ask) !== undefined && own(target, redeem) !== undefined

const mailedHole = (number: number, exchange: Exchange, says: string): Finding =>
  hole(number, exchange, { says, hint: 'Let the operations of identity redeem what they have sent.' })

interface Sent {
  readonly secret: string
  readonly binding: string | undefined
}

async function asked(target: Target, { send }: Trial, who: Newcomer, kind: Kind): Promise<Sent | undefined> {
  const ask = own(target, kind.ask)
  const request = ask && saying(ask, target, { email: who.login })
  const exchange = request && (await send(request, nobody))
  if (!exchange || !succeeded(exchange)) return undefined
  const secret = await mailed(target, who, kind.looks)
  return secret === undefined ? undefined : { secret, binding: textIn(exchange, 'binding') }
}

function shown(target: Target, kind: Kind, { secret, binding }: Sent): Draft | undefined {
  const redeem = own(target, kind.redeem)
  return redeem && saying(redeem, target, { [kind.member]: secret, ...(binding !== undefined && { binding }) })
}
