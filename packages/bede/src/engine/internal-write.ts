import type { Row } from '../sql/statement.ts'
import { field } from './internal-statement.ts'

/** Whether a write has written anything. */
export const isWritten = (row: Row | undefined): boolean => row?.[0] != null && row[0] !== '0'

/** A create that finds a row of the same key leaves it as it is, and `isCreated` tells that it made none. */
export const orLeave = (key: string) => ({ key: [key], then: 'update' as const, set: { [key]: field(key) } })

export const isCreated = (row: Row | undefined): boolean => row?.[2] != null
