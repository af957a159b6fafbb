import type { JsonSchema } from '../../expr/value.ts'
import { inputSchema } from '../../manifest/input-schema.ts'
import type { InputField } from '../../manifest/manifest.ts'
import { numbersIn } from '../rest/text-value.ts'

/** What an address writes as several numbers with commas between them; undefined: it is not such a value. */
export function numbersSchema(field: InputField): JsonSchema | undefined {
  const paths = numbersIn(field)
  if (paths === undefined || field.type.kind === 'float') return undefined
  return {
    type: 'array',
    prefixItems: paths.map((path) => ({ title: path.at(-1), ...(memberAt(inputSchema(field), path) ?? {}) })),
    // For readers that do not know prefixItems.
    items: { type: 'number' },
    minItems: paths.length,
    maxItems: paths.length,
  }
}

const memberAt = (schema: unknown, path: readonly string[]): object | undefined =>
  path.reduce<object | undefined>((within, name) => {
    const { properties = {} } = (within ?? {}) as { readonly properties?: Readonly<Record<string, object>> }
    return properties[name]
  }, schema as object)
