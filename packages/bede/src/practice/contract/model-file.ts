import { snake } from '../../manifest/snake.ts'
import { columnMistake, nameMistake } from '../../manifest/verify/name.ts'
import { looksSecret } from '../takeover/column.ts'
import { braces, literal, prose } from '../takeover/source.ts'
import { fieldSource, noUses } from './field-source.ts'
import { isCounted, isPlain, type ModelRead } from './model.ts'
import type { RelationsRead } from './relations.ts'
import type { Shape, ShapeMember } from './shape.ts'

/** `models/article.ts` */
export function modelSource(model: ModelRead, { refs, many }: RelationsRead): string {
  const { name, shape } = model
  const uses = noUses()
  for (const verb of ['id', 'model']) uses.verbs.add(verb)
  const columns = new Set(['id'])
  const lines = [`  id: id<${literal(name)}>(${isCounted(model) ? '{ integer: true }' : ''}),`]
  const add = (column: string, source: string): void => {
    lines.push(`  ${column}: ${source},`)
    columns.add(snake(column))
  }
  for (const { field, target, optional } of refs) {
    uses.verbs.add('ref')
    const options = [...(isCounted(target) ? ['integer: true'] : []), ...(optional ? ['optional: true'] : [])]
    add(field, `ref(${[literal(target.name), ...(options.length > 0 ? [braces(options)] : [])].join(', ')})`)
  }
  for (const member of shape.members) {
    if (member.name === 'id' || refs.some(({ field }) => field === member.name)) continue
    const ref = refs.find(({ one }) => one === member.name)
    const rows = many.find((one) => one.member === member.name)
    if (ref) lines.push(`  ${member.name}: one(${literal(ref.field)}),`)
    else if (rows) lines.push(`  ${member.name}: many(${literal(rows.target.name)}, ${literal(rows.by)}),`)
    if (ref || rows) {
      uses.verbs.add(ref ? 'one' : 'many')
      continue
    }
    const column = snake(member.name)
    const isFree = !nameMistake(member.name) && !columnMistake(column) && !columns.has(column)
    const source = isFree ? storedSource(member, uses) : undefined
    if (source === undefined) lines.push(`  // ${prose(member.name)}: say how it is kept`)
    else add(member.name, source)
  }
  return [
    `import { ${[...uses.verbs].sort().join(', ')} } from 'bede'`,
    '',
    `/** ${prose(shape.title)} of the contract. */`,
    `export const ${name} = model({`,
    ...lines,
    '})',
    '',
  ].join('\n')
}

/** A column, for what one column holds. */
function storedSource(member: ShapeMember, uses: ReturnType<typeof noUses>): string | undefined {
  const { shape, optional, nullable, name, default: given } = member
  if (!isPlain(shape) && shape.kind !== 'json') return undefined
  const stored: Shape = shape.kind === 'json' ? (shape.of ?? { kind: 'json' }) : shape
  const source = fieldSource(
    { shape: stored, nullable: false, ...(given !== undefined && !nullable && { default: given }) },
    optional || nullable || (shape.kind === 'json' && shape.orNull === true),
    uses,
    '  ',
  )
  if (!looksSecret(name) || stored.kind !== 'scalar') return source
  return source.endsWith('()')
    ? `${source.slice(0, -2)}({ private: true })`
    : source.replace(/ \}\)$/, ', private: true })')
}

/** `services/article.ts`: nobody may do anything until somebody says who. */
export const policySource = ({ name, resource }: ModelRead): string =>
  [
    "import { nobody } from 'bede'",
    `import { ${resource} } from '../models/index.ts'`,
    '',
    '/** Nobody may do anything yet. Replace `nobody` by who may: `anyone`, `signedIn`, or a condition over row and actor. */',
    `export const ${name}Policy = ${resource}.policy(() => ({ read: nobody, create: nobody, update: nobody, delete: nobody }))`,
    '',
  ].join('\n')
