import type { ActionDeclaration } from '../../declare/action.ts'
import { failureOf } from '../../declare/failed.ts'
import type { CompiledOperation } from '../manifest.ts'
import { linkExclusive } from './exclusive.ts'
import { linkInputs } from './input.ts'
import { linkShape, type ShapeContext } from './shape.ts'
import { stepUpOf } from './step-up.ts'
import { linkWrite } from './write.ts'

/**
 * A compiled action as an operation. It has no address until an exposure gives it one. Throws the Problem of one that
 * could not be recorded. `name`: the action's; undefined where a handler runs it.
 */
export const linkAction = (action: ActionDeclaration, context: ShapeContext, name?: string): CompiledOperation => {
  const failure = failureOf(action)
  if (failure !== undefined) throw failure
  return {
    kind: 'write',
    auth: action.auth,
    input: linkInputs(action.input),
    write: linkWrite(action.write),
    ...(action.answers && { answers: linkShape(action.answers, context) }),
    ...(action.summary !== undefined && { summary: action.summary }),
    ...linkExclusive(action, name),
    ...stepUpOf(action),
  }
}
