import { open, seal, sealedUnder } from '../keys/seal.ts'
import type { Runtime } from '../runtime.ts'
import type { Use } from './kept-answer.ts'

const purpose = 'kept answer'

/** A handler's answer as it is kept: it may hold in clear what the app keeps encrypted elsewhere. */
export const closedAnswer = ({ encryption, keys }: Runtime, { scope, key }: Use, json: string): string =>
  encryption ? seal(keys, purpose, json, [scope, key]) : json

/** The answer that was kept. What was kept before anything was encrypted is JSON, which never looks like a sealed value. */
export const openedAnswer = ({ keys }: Runtime, { scope, key }: Use, kept: string): string =>
  sealedUnder(kept) === undefined ? kept : open(keys, purpose, kept, [scope, key]).toString('utf8')
