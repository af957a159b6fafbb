import type { Statement } from '../sql/statement.ts'
import { type Session, StoreError } from './driver.ts'

export type { Session }

/** The protocol counts parameters in 16 bits. */
const maxParameters = 65_535

/** Refuses what would not survive its encoding: a longer list would be cut, a NUL would end the text early. */
export function checkStatement(statement: Statement): void {
  if (statement.params.length > maxParameters) {
    throw new StoreError('value', { cause: new RangeError(`A statement has at most ${maxParameters} parameters.`) })
  }
  if (statement.sql.includes('\0') || statement.name?.includes('\0')) {
    throw new StoreError('other', { cause: new TypeError('The text of a statement holds a NUL character.') })
  }
}

/** The refusal of whoever has stopped waiting. */
export const canceled = (signal?: AbortSignal): StoreError => new StoreError('canceled', { cause: signal?.reason })
