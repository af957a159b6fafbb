import { parseArgs } from 'node:util'
import type { Rounds } from './contest.ts'

/** `--rounds 5 --seconds 3 --connections 32 …`: numbers by name, in place of the ones a measurement has by itself. */
export function numbersFrom<T extends Readonly<Record<string, number>>>(defaults: T): T {
  const { values } = parseArgs({
    options: Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }])),
  })
  const given = Object.entries(values).map(([name, text]) => {
    const value = Number(text)
    if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} is a number above 0, not '${text}'`)
    return [name, value]
  })
  return { ...defaults, ...Object.fromEntries(given) }
}

/** What most measurements take. */
export const usualRounds: { readonly [Name in keyof Rounds]: number } = {
  rounds: 5,
  seconds: 3,
  warm: 1,
  connections: 32,
}
