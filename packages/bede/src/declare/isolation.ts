import { Problem } from '../telemetry/problem.ts'
import { mistaken } from './recording.ts'

/** What a handler says of how alone it has to be; anything else is a mistake. */
export const isolationOf = (said: unknown): 'serializable' | undefined => {
  if (said === undefined || said === 'serializable') return said
  mistaken(
    new Problem('invalid-declaration', {
      message: `isolation is ${JSON.stringify(said)}`,
      hint: "Write isolation: 'serializable', or leave it out.",
    }),
  )
  return undefined
}
