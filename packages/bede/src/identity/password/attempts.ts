import type { Base } from '../../engine/boot.ts'
import { type Gate, gate } from '../../engine/gate.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { after, field, call as fn, input, is, text, time, value } from '../../engine/internal-statement.ts'
import { memoryCounter } from '../../engine/limits/memory-counter.ts'
import { networkOf } from '../../engine/limits/network.ts'
import { limitOf } from '../../engine/limits/quota.ts'
import type { Within } from '../../engine/runtime.ts'
import { platform } from '../../manifest/platform/names.ts'
import { Problem } from '../../telemetry/problem.ts'
import { countedKey } from '../allowances.ts'
import { createGuesses, type Schedule } from '../guesses.ts'

/** Guesses at the passwords of accounts, by whoever says a name. */
export interface Attempts {
  /**
   * Looks at a password, which `look` says is right (what it gives) or not (undefined). Each look is counted before, by the
   * name and by where it comes from: many at once count as many (class 126), and what is counted for one place closes
   * nothing to another, so no stranger locks out whose account it is. Throws a Problem `too-many-attempts`, the same for a
   * name that nobody has (class 102).
   */
  guard<T>(within: Within, login: string, look: () => Promise<T | undefined>): Promise<T | undefined>
}

/** Of one place at one name. */
const here: Schedule = { free: 10, waits: [30, 60, 120, 300, 900] }
/**
 * Of all places at one name together, from which it has not been signed in to: what many addresses share is slowed down,
 * and the longest wait is one that somebody sits through.
 */
const strangers: Schedule = { free: 100, waits: [5, 10, 20, 30, 60] }
/**
 * The same in this process, whatever became of the transactions that it was counted in: of one place at one name, and of
 * all strangers at one name. Whoever counts in a transaction of their own comes to their wait before these do.
 */
const inMemory = { here: { points: 20, per: 600 }, strangers: { points: 200, per: 600 } }
/** Seconds for which a place from which somebody has signed in is known. */
const knownFor = 60 * 86_400
/** Passwords that wait to be looked at after each other, of one place at one name. */
const mostWaiting = 50

export function createAttempts({ planner }: Base): Attempts {
  const guessesHere = createGuesses(planner, here)
  const guessesOfStrangers = createGuesses(planner, strangers)
  const hereInMemory = limitOf('sign-in', 'address', inMemory.here)
  const strangersInMemory = limitOf('sign-in of strangers', 'address', inMemory.strangers)
  const memory = memoryCounter()
  const gates = new Map<string, { readonly gate: Gate; inside: number }>()
  const model = platform.allowance
  const isKnown = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: { model, as: 'row', where: fn('and', is('eq', 'key', text), is('gt', 'since', time, 'now')) },
      item: { kind: 'object', members: { since: value(field('since'), time) } },
      nullable: true,
    },
  })
  const know = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        key: input('key', text),
        used: { kind: 'literal', value: 1, type: { kind: 'integer' } },
        // A time to come: what is counted is forgotten a day after it.
        since: input('until', time),
      },
      exists: { key: ['key'], then: 'update', set: { since: input('until', time) } },
    },
  })

  /** One after the other: of many right ones at once each finds the count of the one before forgotten. */
  async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = gates.get(key) ?? { gate: gate({ atOnce: 1, waiting: mostWaiting }), inside: 0 }
    gates.set(key, turn)
    turn.inside++
    try {
      return await turn.gate.pass(work)
    } finally {
      turn.inside--
      if (turn.inside === 0) gates.delete(key)
    }
  }

  return {
    async guard(within, login, look) {
      const place = within.from ? networkOf(within.from.address) : 'here'
      const whose = `${login.length}:${login}${place}`
      // Memory keeps these and not the name, which may be as long as a body.
      const key = countedKey({ what: 'known', whose })
      const name = countedKey({ what: 'sign-in of strangers', whose: login })
      const guess = async () => {
        const { now } = within
        const stranger = await within.apart(async (connection) => {
          await guessesHere.count(connection, { what: 'sign-in', whose }, now)
          const [known] = (await isKnown.run(connection, { key, now })) ?? []
          if (known != null && JSON.parse(known) !== null) return false
          await guessesOfStrangers.count(connection, { what: 'sign-in of strangers', whose: login }, now)
          return true
        })
        // What a batch or a handler has begun takes the count with it when it is undone; these stay.
        const { wait } = memory.spend([
          { limit: hereInMemory, whose: key, points: 1 },
          ...(stranger ? [{ limit: strangersInMemory, whose: name, points: 1 }] : []),
        ])
        if (wait > 0) throw new Problem('too-many-attempts', { retryAfter: wait / 1000 })
        const found = await look()
        if (found === undefined) return undefined
        memory.forget(hereInMemory, key)
        memory.forget(strangersInMemory, name)
        // Apart as well: the password was right, whatever the second step says.
        await within.apart(async (connection) => {
          await guessesHere.forget(connection, { what: 'sign-in', whose })
          await guessesOfStrangers.forget(connection, { what: 'sign-in of strangers', whose: login })
          await know.run(connection, { key, until: after(new Date(now), knownFor) })
        })
        return found
      }
      // Whoever holds a transaction waits for nobody who may want one.
      return within.reader() === within.connection ? guess() : inTurn(key, guess)
    },
  }
}
