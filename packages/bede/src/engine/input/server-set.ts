import { serverMade } from '../../manifest/exposed/row.ts'
import type { Manifest, Operation } from '../../manifest/manifest.ts'

/**
 * The fields of an operation's model to which the server gives a value itself, of those that everybody may know of: a
 * name that only this tells apart from one that is not there would be told by it (class 13).
 */
export function serverSet(operation: Operation, models: Manifest['models']): ReadonlySet<string> {
  const write = operation.kind === 'write' ? operation.write : undefined
  const model = write && Object.hasOwn(models, write.model) ? models[write.model] : undefined
  const fields = Object.entries(model?.fields ?? {})
  return new Set(fields.flatMap(([name, field]) => (serverMade(field) && !field.private ? [name] : [])))
}
