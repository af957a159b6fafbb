import type { Statement } from '../sql/statement.ts'
import { type Session, StoreError } from './driver.ts'
import type { StopSignal } from './stop.ts'

export type { Session }

/** The protocol counts parameters in 16 bits. */
const maxParameters = 65_535

/** Refuses what would not survive its encoding: a longer list would be cut, a NUL would end the text early. */
export function checkStatement(statement: Statement): void {
  checkParameters(statement)
  if (statement.sql.includes('\0') || statement.name?.includes('\0')) {
    throw new StoreError('other', { cause: new TypeError('The text of a statement holds a NUL character.') })
  }
}

export function checkParameters({ params }: Statement): void {
  if (params.length <= maxParameters) return
  throw new StoreError('value', { cause: new RangeError(`A statement has at most ${maxParameters} parameters.`) })
}

/** The refusal of whoever has stopped waiting. */
export const canceled = (signal?: StopSignal): StoreError => new StoreError('canceled', { cause: signal?.reason })
