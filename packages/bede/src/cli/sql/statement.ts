import type { Manifest } from '../../manifest/manifest.ts'
import { givenPaths } from '../../plan/given.ts'
import { planOperation } from '../../plan/passes.ts'
import { specialize } from '../../plan/specialize.ts'
import { compileStatement, type Template } from '../../sql/compile.ts'
import { postgres } from '../../sql/postgres/dialect.ts'
import type { Slot } from '../../sql/slots.ts'
import { saysWhat } from '../../sql/write/statement.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { unknownOperation } from '../project/unknown-operation.ts'
import { printable } from '../terminal/printable.ts'

/** Whose call, and which optional inputs it sends, as typed: the statement depends on both. */
export interface Shown {
  readonly signedIn: boolean
  readonly sent: readonly string[]
}

export interface ShownStatement {
  readonly template: Template
  /** Optional inputs that change the statement, as they are typed: `tag`, `query.tag`. */
  readonly optional: readonly string[]
  /** Those of them that are sent, by their whole names. */
  readonly sent: readonly string[]
}

/**
 * The one statement of an operation, as the engine compiles it. Throws a Problem `unknown-operation`, also for an
 * operation that runs a handler: its statements depend on what the handler does. Throws `usage` for an input that is
 * not optional in it.
 */
export function statementOf(manifest: Manifest, name: string, { signedIn, sent }: Shown): ShownStatement {
  const operation = Object.hasOwn(manifest.operations, name) ? manifest.operations[name] : undefined
  if (!operation) throw unknownOperation(manifest, name)
  if (operation.kind === 'invoke') {
    throw new Problem('unknown-operation', {
      message: `${name} runs a handler, which may run several statements or none.`,
      hint: 'Ask for the views and actions that the handler uses.',
    })
  }
  const optional = givenPaths(operation).map((path) => path.join('.'))
  const given = sent.map((typed) => wholePath(typed, name, optional))
  const plan = specialize(planOperation(operation, { manifest, system: false }), {
    sent: (path) => !optional.includes(path.join('.')) || given.includes(path.join('.')),
    anonymous: !signedIn,
  })
  return {
    template: compileStatement(
      plan,
      { ifMatch: false, minimal: false, idempotent: false, identified: saysWhat(operation) },
      manifest,
      postgres,
    ),
    optional,
    sent: given,
  }
}

/** The whole path of an input of which the last part was typed, where there is one such input. */
function wholePath(typed: string, operation: string, optional: readonly string[]): string {
  if (optional.includes(typed)) return typed
  const ending = optional.filter((path) => path.endsWith(`.${typed}`))
  if (ending.length === 1 && ending[0] !== undefined) return ending[0]
  if (ending.length > 1) {
    throw new Problem('usage', {
      message: `${operation} has several optional inputs '${printable(typed)}'.`,
      hint: `Write the whole name: ${ending.join(' or ')}.`,
    })
  }
  const meant = nearest(typed, optional)
  throw new Problem('usage', {
    message: `${operation} has no optional input '${printable(typed)}' that changes its statement.`,
    hint: meant ? `Perhaps you meant ${meant}.` : `There are: ${optional.join(', ') || 'none'}.`,
  })
}

/** Where the value of a parameter comes from, in a few words. */
export function slotText(slot: Slot): string {
  switch (slot.kind) {
    case 'input':
      return `input ${slot.path.join('.')}`
    case 'items':
      return `input ${slot.path.join('.')}, as JSON`
    case 'id':
      return 'a new id'
    case 'ids':
      return `new ids, one per item of input ${slot.path.join('.')}`
    case 'actor':
      return `actor ${slot.field}`
    case 'now':
      return 'the time of the call'
    case 'literal':
      return JSON.stringify(slot.value)
    case 'cursor':
      return `the cursor, key ${slot.index + 1}`
    case 'etags':
      return 'the entity tags of If-Match'
    case 'origin':
      return `the ${slot.part} of the change`
    case 'idempotency':
      return `the ${slot.part} of the Idempotency-Key`
    case 'sealed':
      return `${slotText(slot.value)}, encrypted`
    case 'sealed-items':
      return `${slot.field} of each item of input ${slot.path.join('.')}, encrypted`
    case 'sealed-rows':
      return `${slot.field}, encrypted for each row`
    case 'earlier':
      return `${slot.field} of each row, hashed under earlier keys`
    case 'rows':
      return 'the ids of the rows it is encrypted for'
    case 'digests':
      return `${slotText(slot.value)}, hashed under a key`
  }
}
