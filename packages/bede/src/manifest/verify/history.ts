import type { ModelDefinition } from '../../model/definition.ts'
import { type Verifying, wrong } from './report.ts'
import { own } from './scope.ts'

/**
 * What the database itself changes when another row goes, no history would tell of. Rows that go along with one that
 * is only marked as deleted are changed by the statement, and so told of.
 */
export function verifyHistory(verifying: Verifying, name: string, model: ModelDefinition): void {
  if ((model.history || model.softDelete !== undefined) && (model.readonly || model.fields[model.id]?.type.parts)) {
    verifying.add(
      name,
      wrong(
        'invalid-declaration',
        `${model.history ? 'history' : 'softDelete'} is for a model whose rows are written and have an id of one column`,
        'Take it out of the options.',
      ),
    )
  }
  if (!model.history) return
  const { models } = verifying.manifest
  const reached = new Set([name])
  for (const child of reached) {
    for (const [field, { type, onDelete }] of Object.entries(own(models, child)?.fields ?? {})) {
      const target = type.kind === 'ref' && type.model !== undefined ? own(models, type.model) : undefined
      if (!target || !onDelete || type.model === undefined) continue
      if (onDelete === 'set-null' && child === name) {
        verifying.add(
          `${name}.${field}`,
          wrong(
            'invalid-declaration',
            `The database would empty ${name}.${field} when the ${type.model} goes, and no history would tell`,
            'Take onDelete away, and empty the field in an action before deleting.',
          ),
        )
      }
      if (onDelete !== 'cascade') continue
      if (target.softDelete !== undefined && own(models, child)?.softDelete !== undefined) reached.add(type.model)
      else {
        verifying.add(
          `${name}.history`,
          wrong(
            'invalid-declaration',
            `The database would remove rows of ${name} along with a ${type.model}, and no history would tell`,
            `Give ${child} and ${type.model} softDelete: true, or take onDelete away from ${child}.${field}.`,
          ),
        )
      }
    }
  }
}
