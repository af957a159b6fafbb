import type { Manifest } from '../../manifest/manifest.ts'
import type { KeptDefinition, ModelDefinition } from '../../model/definition.ts'
import type { Dialect } from '../../sql/dialect.ts'

const word = '(?:"(?:[^"]|"")+"|[^\\s".(]+)'
const ofIndex = new RegExp(`^(create (?:unique )?index ${word} on (?:only )?)(?:(${word})\\.)?(${word})`, 'i')
const ofForeignKey = new RegExp(
  `^(foreign key \\((?:"(?:[^"]|"")+"|[^")])+\\) references )(?:(${word})\\.)?(${word})`,
  'i',
)

/** Where a model is that does not say so. */
export const defaultSchema = 'public'

/**
 * A manifest whose models are in other schemas than its own; `place` says in which. What is kept word for word names its
 * table, or the table it refers to, and speaks of the new places too: nothing of it touches the tables there are.
 */
export function apart(manifest: Manifest, place: (schema: string) => string, dialect: Dialect): Manifest {
  const known = new Set(
    Object.values(manifest.models).map(({ schema, table }) => JSON.stringify([schema ?? defaultSchema, table])),
  )
  const moved = (kept: KeptDefinition): KeptDefinition => {
    const definition = kept.definition.replace(
      kept.kind === 'index' ? ofIndex : ofForeignKey,
      (all, before: string, schema: string | undefined, table: string) => {
        const [of, name] = [schema === undefined ? defaultSchema : bareName(schema), bareName(table)]
        if (!known.has(JSON.stringify([of, name]))) return all
        return `${before}${dialect.identifier(place(of))}.${dialect.identifier(name)}`
      },
    )
    return { ...kept, definition }
  }
  const models = Object.entries(manifest.models).map(([name, model]): [string, ModelDefinition] => [
    name,
    {
      ...model,
      schema: place(model.schema ?? defaultSchema),
      ...(model.kept && { kept: model.kept.map(moved) }),
    },
  ])
  const { database: _, ...rest } = manifest
  return { ...rest, models: Object.fromEntries(models) }
}

/** A name without the quotes that SQL has around it. */
export const bareName = (name = ''): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name)
