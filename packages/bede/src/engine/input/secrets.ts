import type { Json } from '../../expr/value.ts'
import type { InputField } from '../../manifest/manifest.ts'
import { isSecret } from '../../manifest/secret-inputs.ts'
import { isMembers } from '../complete.ts'
import type { Input } from './validate.ts'

type Fields = Readonly<Record<string, InputField>>

/** The input with `replace` in the place of every secret: what goes on from here holds none in clear. */
export async function replaceSecrets(
  fields: Fields,
  input: Input,
  replace: (secret: string) => Promise<string>,
): Promise<Input> {
  const out: Record<string, Json> = { ...input }
  for (const [name, field] of Object.entries(fields)) {
    const sent = Object.hasOwn(input, name) ? input[name] : undefined
    if (sent !== undefined && isSecret(field)) out[name] = await replaceIn(field, sent, replace)
  }
  return out
}

async function replaceIn(field: InputField, sent: Json, replace: (secret: string) => Promise<string>): Promise<Json> {
  if (field.fields) return isMembers(sent) ? replaceSecrets(field.fields, sent, replace) : sent
  const { items } = field
  if (items) return Array.isArray(sent) ? replaceInEach(items, sent, replace) : sent
  return typeof sent === 'string' ? replace(sent) : sent
}

/** One after the other: a request has one turn at the hasher, and its neighbors have the others. */
async function replaceInEach(
  items: InputField,
  sent: readonly Json[],
  replace: (secret: string) => Promise<string>,
): Promise<Json> {
  const replaced: Json[] = []
  for (const item of sent) replaced.push(await replaceIn(items, item, replace))
  return replaced
}
