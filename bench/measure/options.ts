import { parseArgs } from 'node:util'
import { endAfter } from '../cleanup.ts'
import type { Rounds } from './contest.ts'

/** `--quick`: does it work at all? Few rows, one short round, nothing published. */
export const quick = process.argv.includes('--quick')
const quickly = { rounds: 1, seconds: 0.3, warm: 0.2, every: 2, rows: 20_000 } as const

/** `--rounds 5 --seconds 3 --connections 32 …`: numbers by name, in place of the ones a measurement has by itself. */
export function numbersFrom<T extends Readonly<Record<string, number>>>(defaults: T): T {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }])),
      quick: { type: 'boolean' },
    },
  })
  const given = Object.entries(values).flatMap(([name, text]) => {
    if (typeof text !== 'string') return []
    const value = Number(text)
    if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} is a number above 0, not '${text}'`)
    return [[name, value] as const]
  })
  const short = Object.entries(quick ? quickly : {}).filter(([name]) => name in defaults)
  return { ...defaults, ...Object.fromEntries([...short, ...given]) }
}

/** What most measurements take: `rounds: 0` is as many as fit into `minutes`. */
export const usualRounds: { readonly [Name in keyof Rounds]: number } & { readonly minutes: number } = {
  rounds: 0,
  seconds: 2,
  warm: 0.7,
  connections: 32,
  minutes: 4,
}

/** Seconds around each one measured: looking at the processes, the last answers, tidying. */
const around = 0.3

/**
 * The rounds of a measurement that takes so many samples in each, so that it ends within its `minutes` from the start
 * of the process: an odd number, for the sake of its median, from 1 to 9. `--rounds` says it instead. One that hangs is
 * ended after twice its time.
 */
export function fitted<T extends Rounds & { readonly minutes: number }>(wanted: T, samplesARound: number): T {
  const left = wanted.minutes * 60 - performance.now() / 1000 - 5
  const fit = Math.min(9, Math.floor(left / (samplesARound * (wanted.warm + wanted.seconds + around))))
  const rounds = wanted.rounds > 0 ? wanted.rounds : Math.max(1, fit % 2 === 0 ? fit - 1 : fit)
  const seconds = rounds * samplesARound * (wanted.warm + wanted.seconds + around)
  endAfter((2 * Math.max(left, seconds)) / 60 + 3)
  return { ...wanted, rounds }
}
