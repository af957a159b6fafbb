import { snake } from '../../manifest/snake.ts'
import { nameMistake } from '../../manifest/verify/name.ts'
import { looksSecret } from '../takeover/column.ts'
import { camel, Names, pascal } from '../takeover/names.ts'
import { literal, prose } from '../takeover/source.ts'
import { fieldSource, noUses } from './field-source.ts'
import type { OperationRead } from './operation.ts'
import { type NamedShape, namedIn, type Shape, type ShapeMember } from './shape.ts'

/** A schema that operations answer with, as a model. */
export interface ModelRead {
  readonly name: string
  readonly resource: string
  readonly shape: NamedShape
}

/** How many plain values make a thing; with less a schema is a wrapper around one. */
const LEAST = 2

/** What the operations are about: schemas that are answered, alone, in a list, or inside one object around them. */
export function modelsOf(operations: readonly OperationRead[]): readonly ModelRead[] {
  const about = new Set<NamedShape>()
  for (const { answers } of operations) {
    if (!answers.success?.output) continue
    for (const shape of namedIn(answers.success.output.shape))
      for (const one of [shape, ...shape.members.flatMap((member) => namedIn(member.shape))])
        if (one.members.filter((member) => isPlain(member.shape)).length >= LEAST) about.add(one)
  }
  const names = new Names([...verbs, 'index', 'bede', 'caller', 'models'])
  return [...about].map((shape) => {
    const name = names.take(camel(shape.title, 'model'))
    return { name, resource: pascal(name), shape }
  })
}

const isPlain = (shape: Shape): boolean =>
  shape.kind === 'scalar' || shape.kind === 'choice' || (shape.kind === 'list' && isScalar(shape.of))
const isScalar = (shape: Shape): boolean => shape.kind === 'scalar' || shape.kind === 'choice'

/** What a file of a model may import. */
const verbs = [
  'array',
  'bool',
  'choice',
  'date',
  'email',
  'float',
  'id',
  'integer',
  'json',
  'model',
  'nobody',
  'text',
  'timestamp',
]

/** `models/article.ts` */
export function modelSource({ name, shape }: ModelRead): string {
  const uses = noUses()
  for (const verb of ['id', 'model']) uses.verbs.add(verb)
  const key = shape.members.find((member) => member.name === 'id')
  const counted = key?.shape.kind === 'scalar' && key.shape.verb === 'integer'
  const columns = new Set(['id'])
  const lines = [`  id: id<${literal(name)}>(${counted ? '{ integer: true }' : ''}),`]
  for (const member of shape.members) {
    if (member.name === 'id') continue
    const column = snake(member.name)
    const source = nameMistake(member.name) || columns.has(column) ? undefined : storedSource(member, uses)
    if (source === undefined) lines.push(`  // ${prose(member.name)}: say how it is kept`)
    else lines.push(`  ${member.name}: ${source},`)
    if (source !== undefined) columns.add(column)
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
  const stored: Shape = shape.kind === 'json' ? { kind: 'json' } : shape
  const source = fieldSource(
    { shape: stored, nullable: false, ...(given !== undefined && !nullable && { default: given }) },
    optional || nullable,
    uses,
    '  ',
  )
  if (!looksSecret(name) || shape.kind !== 'scalar') return source
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
