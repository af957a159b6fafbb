import type { Kind } from '../expr/value.ts'
import type { IndexMethod } from '../model/definition.ts'

/** How the index of one field alone finds rows of kinds whose order is not asked: an array by what it holds, a point by where it is. */
export const usualIndex: Readonly<Partial<Record<Kind, IndexMethod>>> = { array: 'gin', point: 'gist' }
