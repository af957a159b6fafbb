import type { Json } from '../../../expr/value.ts'
import type { Finding } from '../finding.ts'
import type { Entry } from '../inventory/inventory.ts'
import { draft } from '../inventory/request.ts'
import type { Exchange } from '../target/exchange.ts'
import type { Target, Trial } from '../target/target.ts'
import { newcomers } from '../world/newcomers.ts'
import { nobody } from '../world/person.ts'
import { hole } from './found.ts'
import type { Probe } from './probe.ts'
import { isLogin, isPassword } from './signing-in.ts'

/** Long enough, and nobody's. */
const wrongPassword = 'Not-the-one 9 times, wrong donkey'

/** Who has an account is its own business: whoever asks hears the same of a name that somebody has and of one that nobody has. */
export const enumeration: Probe = {
  name: 'whatever takes the name of an account is asked for names that somebody has and that nobody has',
  classes: [102],
  applies: (entries, target) =>
    entries.some((entry) => isAsked(entry, target)) || 'nobody who is not signed in says the name of an account',
  async run({ target, examples }) {
    const found: Finding[] = []
    for (const entry of target.entries.filter((one) => isAsked(one, target))) {
      const answers = await target.together((trial) => compared(target, trial, entry, examples[entry.name]))
      if (!answers || isSame(answers)) continue
      const [[known], [unknown]] = answers
      if (!known || !unknown) continue
      found.push(
        hole(102, known, {
          says: 'Whether there is an account of that name shows in the answer',
          hint: 'Answer the same, with the same status, whoever has it: as auth.signIn, auth.enroll and POST /auth/password/forgot do.',
          evidence: `${told(known)}, and for a name that nobody has ${told(unknown)}`,
        }),
      )
    }
    return found
  },
}

const isAsked = ({ operation, slots }: Entry, target: Target): boolean =>
  operation.auth !== 'required' && slots.some((slot) => isLogin(slot, target))

type Answers = readonly [known: readonly Exchange[], unknown: readonly Exchange[]]

/** Undefined: it is no secret whose names these are. */
async function compared(
  target: Target,
  trial: Trial,
  entry: Entry,
  example: Readonly<Record<string, Json>> | undefined,
): Promise<Answers | undefined> {
  const { manifest, world } = target
  const known = await newcomers(target, trial, ['ada', 'bob'])
  const [one] = known
  if (!one || known.length < 2 || isPublic(target, one.actor ?? {})) return undefined
  const names = [...known.map(({ login }) => login), ...['x', 'y'].map((letter) => `${letter}${one.login}`)]
  const answers: Exchange[] = []
  for (const name of names) {
    const request = draft(entry, world, {
      values: 'fresh',
      ...(example && { example }),
      fill: (slot) => {
        if (isLogin(slot, target)) return { value: name }
        return isPassword(slot, target) ? { value: wrongPassword } : undefined
      },
    })
    if (!request) return undefined
    const exchange = await trial.send(request, nobody)
    // Who makes an account hears whether it was made: unless that waits for the owner of the address.
    const makes = exchange.changes.some(({ model, kind }) => model === manifest.identity?.model && kind === 'created')
    if (makes && manifest.identity?.email?.verify !== 'required') return undefined
    answers.push(exchange)
  }
  return [answers.slice(0, known.length), answers.slice(known.length)]
}

/** Everybody may read the names by which people sign in. */
function isPublic({ manifest, world }: Target, row: Readonly<Record<string, Json>>): boolean {
  const { model = '', login = '' } = manifest.identity ?? {}
  const hidden = manifest.models[model]?.fields[login]?.private
  return (
    !hidden &&
    world.judge.may('read', model, row, null, world.stored) &&
    world.judge.maySee(model, login, row, null, world.stored)
  )
}

function isSame([known, unknown]: Answers): boolean {
  const volatile = [...apart(known), ...apart(unknown)]
  const [one, other] = [known[0], unknown[0]].map((exchange) => (exchange ? facts(exchange) : new Map()))
  return [...new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])].every((fact) =>
    volatile.includes(fact) ? one?.has(fact) === other?.has(fact) : one?.get(fact) === other?.get(fact),
  )
}

/** What differs although nothing of the name does: ids of requests, tokens. */
function apart([first, ...others]: readonly Exchange[]): readonly string[] {
  if (!first) return []
  const one = facts(first)
  return others.flatMap((exchange) => {
    const other = facts(exchange)
    return [...new Set([...one.keys(), ...other.keys()])].filter((fact) => one.get(fact) !== other.get(fact))
  })
}

/** Lines that say when, and which request it was. */
const passing: ReadonlySet<string> = new Set(['date', 'x-request-id', 'server-timing', 'etag', 'content-length'])

/** The status, the lines and each value of the body, by where it stands. */
function facts({ status, headers, text }: Exchange): ReadonlyMap<string, string> {
  const found = new Map<string, string>([['status', String(status)]])
  for (const [name, value] of headers) if (!passing.has(name)) found.set(`header ${name}`, value)
  const visit = (value: unknown, place: string): void => {
    if (typeof value !== 'object' || value === null) found.set(`body ${place}`, JSON.stringify(value) ?? '')
    else for (const [name, one] of Object.entries(value)) visit(one, `${place}/${name}`)
  }
  try {
    visit(JSON.parse(text), '')
  } catch {
    found.set('body', text)
  }
  return found
}

const told = ({ status, text }: Exchange): string => `${status} ${text.slice(0, 100)}`
