import { snake } from '../../manifest/snake.ts'
import type { LiveColumn } from '../../store/introspect/live-schema.ts'
import { looksSecret } from './column.ts'
import type { TakenField, TakenId, TakenModel } from './design.ts'
import { braces, brackets, key, literal, prose } from './source.ts'

/** `models/film.ts` */
export function modelFile(model: TakenModel): string {
  const { name, id, fields, relations, table } = model
  const uses = new Set(['id', 'model', ...relations.map(({ kind }) => kind)])
  const members = [
    member(id.name, idCall(name, id), 'column' in id ? id.column.comment : null),
    ...fields.map((field) => member(field.name, fieldCall(field, uses), field.column.comment)),
    ...relations.map((one) =>
      one.kind === 'one'
        ? `  ${one.name}: one(${literal(one.field)}),`
        : `  ${one.name}: many(${literal(one.model)}, ${literal(one.field)}),`,
    ),
  ]
  const options = optionsOf(model)
  const call =
    options.length === 0
      ? `model({\n${members.join('\n')}\n})`
      : `model(\n  {\n${members.join('\n').replace(/^/gm, '  ')}\n  },\n  ${braces(options, '  ')},\n)`
  return [
    `import { ${[...uses].sort().join(', ')} } from 'bede'`,
    '',
    ...(table.comment === null || prose(table.comment) === '' ? [] : [`/** ${prose(table.comment)} */`]),
    `export const ${name} = ${call}`,
    '',
  ].join('\n')
}

const member = (name: string, call: string, comment: string | null): string =>
  `${comment === null || prose(comment) === '' ? '' : `  /** ${prose(comment)} */\n`}  ${name}: ${call},`

/** `id<'film'>({ integer: true, … })` */
function idCall(model: string, id: TakenId): string {
  if ('of' in id) return `id<${literal(model)}>({ of: ${brackets(id.of.map(literal), '  ')} })`
  const { form, column, name } = id
  const counted = column.default !== null || column.identity !== null
  const options = [
    ...(form === 'uuid' ? [] : [`${form}: true`]),
    ...(form === 'integer' && !counted ? ['given: true'] : []),
    ...columnOptions(name, column),
  ]
  return `id<${literal(model)}>(${braces(options, '  ')})`
}

function fieldCall({ name, column, source, ref }: TakenField, uses: Set<string>): string {
  const optional = column.required ? [] : ['optional: true']
  const hidden = looksSecret(column.name) ? ['private: true'] : []
  if (ref) {
    uses.add('ref')
    const { form, constraint } = ref
    const rule = onDelete(constraint.definition, column)
    const options = [
      ...(form === 'uuid' ? [] : [`${form}: true`]),
      ...optional,
      ...hidden,
      ...columnOptions(name, column),
      `constraint: ${literal(constraint.name)}`,
      ...(rule === undefined ? [] : [`onDelete: ${literal(rule)}`]),
    ]
    return `ref(${literal(ref.model)}, ${braces(options, '  ')})`
  }
  for (const used of [source.fn, ...source.uses]) uses.add(used)
  const options = [...source.options, ...optional, ...hidden, ...columnOptions(name, column)]
  return `${source.fn}(${[...source.first, braces(options, '  ')].join(', ')})`
}

function columnOptions(name: string, column: LiveColumn): readonly string[] {
  const native = column.collation === null ? column.type : `${column.type} collate ${column.collation}`
  return [
    ...(snake(name) === column.name ? [] : [`column: ${literal(column.name)}`]),
    `native: ${literal(native)}`,
    ...(column.default === null ? [] : [`databaseDefault: ${literal(column.default)}`]),
    ...(column.computed === null ? [] : [`databaseComputed: ${literal(column.computed)}`]),
    ...(column.identity === null ? [] : [`identity: ${literal(column.identity)}`]),
  ]
}

/** What the foreign key itself does when the row it names is deleted. */
function onDelete(definition: string, { required }: LiveColumn): 'cascade' | 'set-null' | undefined {
  const words = definition.replace(/"(?:[^"]|"")*"/g, '""')
  if (/ ON DELETE CASCADE\b/.test(words)) return 'cascade'
  return / ON DELETE SET NULL\b/.test(words) && !required ? 'set-null' : undefined
}

function optionsOf({ name, table, readonly, indexes, kept }: TakenModel): readonly string[] {
  const listed = (unique: boolean) =>
    indexes
      .filter((one) => one.unique === unique)
      .map(
        (one) =>
          `{ fields: [${one.fields.map(literal).join(', ')}], name: ${literal(one.name)}${one.constraint ? ', constraint: true' : ''} }`,
      )
  const verbatim = (of: readonly { readonly name: string; readonly definition: string }[]) =>
    braces(
      of.map((one) => `${key(one.name)}: ${literal(one.definition)}`),
      '      ',
    )
  const [plain, unique] = [listed(false), listed(true)]
  const words = [
    ...(kept.constraints.length > 0 ? [`constraints: ${verbatim(kept.constraints)}`] : []),
    ...(kept.indexes.length > 0 ? [`indexes: ${verbatim(kept.indexes.map(ofWholeTable))}`] : []),
  ]
  return [
    // A name like the system's own is looked up there first, unless its schema is said.
    ...(table.schema === 'public' && !/^pg_/i.test(table.name) ? [] : [`schema: ${literal(table.schema)}`]),
    ...(snake(name) === table.name ? [] : [`table: ${literal(table.name)}`]),
    ...(readonly === undefined ? [] : [`readonly: ${literal(readonly)}`]),
    ...(table.partitioned === null || readonly === 'view' ? [] : [`partitioned: ${literal(table.partitioned)}`]),
    ...(unique.length > 0 ? [`unique: ${brackets(unique, '    ')}`] : []),
    ...(plain.length > 0 ? [`index: ${brackets(plain, '    ')}`] : []),
    ...(words.length > 0 ? [`kept: ${braces(words, '    ')}`] : []),
  ]
}

/** Of a partitioned table the catalog writes the index without those of its parts: `ON ONLY`. */
const ofWholeTable = ({ name, definition }: { readonly name: string; readonly definition: string }) => ({
  name,
  definition: definition.replace(
    /^(CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")+"|[^\s"]+) ON )ONLY /,
    (_, before: string) => before,
  ),
})
