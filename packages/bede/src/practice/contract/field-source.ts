import { braces, brackets, key, literal, prose } from '../takeover/source.ts'
import type { NamedShape, Shape, ShapeMember, Use } from './shape.ts'

/** What the source of a file needs from elsewhere, collected while it is written. */
export interface Uses {
  /** Verbs of Bede. */
  readonly verbs: Set<string>
  readonly shapes: Set<NamedShape>
}

export const noUses = (): Uses => ({ verbs: new Set(), shapes: new Set() })

/** A field of Bede. */
export function fieldSource(
  { shape, nullable, default: given }: Use,
  optional: boolean,
  uses: Uses,
  indent = '',
): string {
  const around = [
    ...(nullable ? ['nullable: true'] : []),
    ...(given !== undefined ? [`default: ${given}`] : optional ? ['optional: true'] : []),
  ]
  return called(shape, around, uses, indent)
}

function called(shape: Shape, around: readonly string[], uses: Uses, indent: string): string {
  const call = (verb: string, first: readonly string[], options: readonly string[]): string => {
    uses.verbs.add(verb)
    return `${verb}(${[...first, ...(options.length > 0 ? [braces(options, indent)] : [])].join(', ')})`
  }
  switch (shape.kind) {
    case 'scalar':
      return call(shape.verb, [], [...shape.options, ...around])
    case 'choice':
      return call('choice', [brackets(shape.values.map(literal), indent)], around)
    case 'list':
      return call('array', [called(shape.of, [], uses, indent)], [...shape.options, ...around])
    case 'object':
      return call('object', [membersSource(shape.members, uses, indent)], around)
    case 'named':
      uses.shapes.add(shape.shape)
      return call('object', [shape.shape.name], around)
    case 'json': {
      const schema = shape.schema === undefined ? [] : [`schema: ${valueSource(shape.schema, `${indent}  `)}`]
      uses.verbs.add('json')
      // Its type is what TypeScript cannot know: whoever writes the handler looks at it.
      return `json<${typeOf(shape)}>(${[...schema, ...around].length > 0 ? braces([...schema, ...around], indent) : ''})`
    }
  }
}

const typeOf = ({ of, orNull }: Extract<Shape, { kind: 'json' }>): string =>
  of === undefined
    ? 'unknown'
    : `${of.verb === 'float' || of.verb === 'integer' ? 'number' : 'string'}${orNull ? ' | null' : ''}`

/** `{ title: text(), … }`, a member on each line. */
export function membersSource(members: readonly ShapeMember[], uses: Uses, indent = ''): string {
  const lines = members.map((member) => {
    const about = member.about === undefined ? '' : prose(member.about).slice(0, 200)
    const comment = about === '' ? '' : `${indent}  /** ${about} */\n`
    return `${comment}${indent}  ${key(member.name)}: ${fieldSource(member, member.optional, uses, `${indent}  `)},`
  })
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`
}

/** Data of the contract as data in the source. */
export function valueSource(value: unknown, indent = ''): string {
  if (typeof value === 'string') return literal(value)
  if (Array.isArray(value))
    return brackets(
      value.map((item) => valueSource(item, `${indent}  `)),
      indent,
    )
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return braces(
    Object.entries(value).map(([name, member]) => `${key(name)}: ${valueSource(member, `${indent}  `)}`),
    indent,
  )
}

/** The imports of a file, from Bede and from the shapes. `folder`: where these are, seen from the file. */
export const importsOf = ({ verbs, shapes }: Uses, folder: string): readonly string[] => [
  ...(verbs.size > 0 ? [`import { ${[...verbs].sort().join(', ')} } from 'bede'`] : []),
  ...[...shapes].map(({ name }) => `import { ${name} } from '${folder}${name}.ts'`).sort(),
]
