import { prose } from '../takeover/source.ts'
import { importsOf, membersSource, noUses } from './field-source.ts'
import type { NamedShape } from './shape.ts'

/** `shapes/article.ts`: the members of a schema, for the bodies and answers that hold it. */
export function shapeFile({ name, title, members }: NamedShape): string {
  const uses = noUses()
  const source = membersSource(members, uses)
  return [...importsOf(uses, './'), '', `/** ${prose(title)} */`, `export const ${name} = ${source}`, ''].join('\n')
}
