import type { RecordedShape } from '../../declare/shape.ts'
import type { CompiledOperation } from '../manifest.ts'

/**
 * For how many seconds an answer of this form may be kept: the least that any of its views says. Undefined where a part
 * of it is not made of a view that may be kept: nobody has said that this part may be old.
 */
const keptFor = (shape: RecordedShape): number | undefined => {
  switch (shape.kind) {
    case 'value':
      return undefined
    case 'object': {
      const parts = Object.values(shape.members).map(keptFor)
      return parts.length === 0 || parts.includes(undefined)
        ? undefined
        : Math.min(...parts.flatMap((one) => one ?? []))
    }
    case 'one':
    case 'list':
      return keptFor(shape.item)
    case 'view':
      return shape.view.cachedFor
  }
}

/** The `cache` of an operation that answers with this. */
export const cacheOf = (shape: RecordedShape): Pick<CompiledOperation, 'cache'> => {
  const seconds = keptFor(shape)
  return seconds === undefined ? {} : { cache: { for: seconds } }
}
