import { describeType, plainType, unify } from '../kinds.ts'
import type { FunctionName } from '../names.ts'
import { boolean, expected, type FunctionRule, inStore, MANY, mistake } from './rule.ts'

/**
 * Whether an encrypted value is one of these. The database compares what both were hashed to, under a key that neither it
 * nor memory has.
 */
export const encryptedFunctions = {
  exactly: inStore([2, MANY], ([field, ...values]) => {
    if (field?.type.kind !== 'encrypted') return expected('an encrypted field', field?.type ?? boolean)
    if (field.type.search !== 'exact') {
      return mistake(
        `asks for a value of ${field.type.model}.${field.type.field}, which nothing finds`,
        "Say encrypted: { search: 'exact' } in the field.",
      )
    }
    const plain = plainType(field.type)
    for (const { type, known } of values) {
      if (!known) {
        return mistake(
          'compares an encrypted field with what the database computes, which it could only do with the key',
          'Compare it with an input, a value, or something of the actor.',
        )
      }
      const one = type.kind === 'array' && values.length === 1 ? (type.of ?? type) : type
      if (!unify([one, plain])) return expected(describeType(plain), type)
    }
    return boolean
  }),
} satisfies Partial<Record<FunctionName, FunctionRule>>
