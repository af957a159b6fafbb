import type { ValueType } from '../expr/value.ts'
import { type Change, effectOf } from '../manifest/diff.ts'
import type { StoredIndex } from '../manifest/stored.ts'
import { Problem } from '../telemetry/problem.ts'

/**
 * The refusal of changes that would lose something, or for which the rows there are do not fit: every one of them with
 * what to do about it.
 */
export function refusedChanges(changes: readonly Change[]): Problem {
  const loses = changes.some((change) => change.kind === 'remove-table' || change.kind === 'remove-column')
  return new Problem('store-schema', {
    message:
      'The declaration asks for changes that would lose data or do not fit the rows there are. Nothing was changed.',
    hint: `Bring the declaration back to the shape of the database${loses ? `, or drop it on purpose: ${dropping}` : ', or use a new database.'}`,
    details: changes.map((change) => ({
      place: placeOf(change),
      code: 'store-schema',
      message: describeChange(change),
      ...hintFor(change),
    })),
  })
}

const dropping =
  'while you develop, stop, delete the data folder (.bede/data) or the development database, and start again; all rows go with it. Or drop it by a migration, which keeps the other rows: bede migrate plan.'

/** The refusal of a production's database that has another shape. Only the shapes were compared, and no row was looked at. */
export function otherShape(changes: readonly Change[]): Problem {
  return new Problem('store-schema', {
    message: 'The database does not have the shape this version of the app declares. Nothing was changed.',
    hint: `\`bede start\` changes nothing in a database that has tables. Plan its first migration from the version of the app that made it, the next one from this version, and apply both: bede migrate plan, bede migrate apply. See docs/how-to/migrate-in-production.md. Or start the version that made it.`,
    details: changes.map((change) => ({
      place: placeOf(change),
      code: 'store-schema',
      message: describeDifference(change),
      ...renameHint(change),
    })),
  })
}

/** `article.title`, or `article` */
export function placeOf(change: Change): string {
  return 'column' in change ? `${change.table.model}.${change.column.field}` : change.table.model
}

/** One sentence about a change, for a person. */
export function describeChange(change: Change): string {
  const place = placeOf(change)
  switch (change.kind) {
    case 'add-table':
      return `${place} is new.`
    case 'remove-table':
      return `${place} is gone, and its table '${change.table.table}' would be dropped with all its rows.`
    case 'rename-table':
      return `${place} was '${change.from.model}'.`
    case 'change-key':
      return `${place} has another id field.`
    case 'change-partition':
      return `${place} lies in other parts, and its rows would have to be written anew.`
    case 'change-retention':
      return retentionInWords(place, change.table.retention)
    case 'add-column':
      return effectOf(change) === 'additive' ? `${place} is new.` : `${place} is new and required, without a default.`
    case 'remove-column':
      return `${place} is gone, and its column '${change.column.column}' would be dropped with all its values.`
    case 'rename-column':
      return `${place} was '${change.from.field}'.`
    case 'change-type':
      return `${place} is of another type: ${typeInWords(change.from.type)} in the database, ${typeInWords(change.column.type)} declared.`
    case 'change-optional':
      return change.column.optional ? `${place} has become optional.` : `${place} has become required.`
    case 'change-default':
      return `${place} has another default.`
    case 'change-choices':
      return choicesInWords(place, change.from.choices, change.column.choices)
    case 'change-reference':
      return `${place} refers to ${change.column.references?.model ?? 'nothing any more'}${change.from.references ? ` (before: ${change.from.references.model})` : ''}.`
    case 'change-search':
      return `${place} takes the words of other fields, or in another language.`
    case 'add-index':
      return `${place} has a new ${change.index.unique ? 'unique ' : ''}index over ${overOf(change.index)}.`
    case 'remove-index':
      return `${place} no longer has the ${change.index.unique ? 'unique ' : ''}index over ${overOf(change.index)}.`
    case 'rename-index':
      return `${place} names the index '${change.from.name}' '${change.index.name}'.`
    case 'add-kept':
      return `${place} keeps '${change.kept.name}' in another form, or new.`
    case 'remove-kept':
      return `${place} no longer keeps '${change.kept.name}' in this form.`
    case 'add-check':
      return `${place} has a new check '${change.check.name}'.`
    case 'remove-check':
      return `${place} no longer has the check '${change.check.name}' in this form.`
  }
}

const retentionInWords = (place: string, keep: number | undefined): string =>
  keep === undefined
    ? `${place} keeps all its parts.`
    : `${place} drops its parts, with their rows, but the last ${keep}.`

const overOf = ({ columns, where }: { readonly columns: readonly string[]; readonly where?: unknown }): string =>
  columns.join(', ') + (where === undefined ? '' : ', of the rows its condition names')

/** One sentence about a change that was not made, as a difference: what the database has, and what it has not. */
function describeDifference(change: Change): string {
  const place = placeOf(change)
  switch (change.kind) {
    case 'add-table':
    case 'add-column':
      return `${place} is not in the database yet.`
    case 'remove-table':
    case 'remove-column':
      return `${place} is in the database and no longer declared.`
    case 'change-optional':
      return change.column.optional
        ? `${place} is required in the database and optional in the declaration.`
        : `${place} is optional in the database and required in the declaration.`
    case 'add-index':
      return `${place}: the ${indexInWords(change.index)} is not in the database yet.`
    case 'remove-index':
      return `${place}: the ${indexInWords(change.index)} is in the database and no longer declared.`
    case 'add-check':
      return `${place}: the check '${change.check.name}' is not in the database in this form yet.`
    default:
      return describeChange(change)
  }
}

const indexInWords = ({ unique, method, columns }: StoredIndex): string =>
  `${unique ? 'unique ' : method ? `${method} ` : ''}index over ${columns.join(', ')}`

/** `decimal(8, 2)`, `list of text`: a type as the declaration has it. */
function typeInWords({ kind, precision, scale = 0, of, integer, model, dimensions }: ValueType): string {
  if (kind === 'array') return `list of ${of ? typeInWords(of) : 'text'}`
  if (kind === 'decimal' && precision !== undefined) return `decimal(${precision}, ${scale})`
  if (kind === 'vector') return `vector(${dimensions})`
  if (kind === 'id' || kind === 'ref')
    return `${integer ? 'numbered ' : ''}${kind}${model === undefined ? '' : ` of ${model}`}`
  return kind
}

type Choices = readonly string[] | undefined

/** `note.language may also be 'it' now.` */
function choicesInWords(place: string, from: Choices, to: Choices): string {
  if (!from || !to) return `${place} ${to ? `must now be ${quoted(to)}` : 'may now be any text'}.`
  const added = to.filter((choice) => !from.includes(choice))
  const gone = from.filter((choice) => !to.includes(choice))
  const said = [
    ...(added.length > 0 ? [`may also be ${quoted(added)} now`] : []),
    ...(gone.length > 0 ? [`may no longer be ${quoted(gone)}`] : []),
  ]
  return `${place} ${said.join(', and ') || 'has its choices in another order'}.`
}

const quoted = (choices: readonly string[]): string => choices.map((choice) => `'${choice}'`).join(' or ')

function renameHint(change: Change): { readonly hint?: string } {
  if (change.kind === 'remove-table')
    return { hint: `If it has a new name, write \`was: '${change.table.model}'\` in the new model's options.` }
  if (change.kind === 'remove-column')
    return { hint: `If it has a new name, write \`was: '${change.column.field}'\` on the new field.` }
  return {}
}

/** What to do about rows that a change does not fit, or would lose. */
function hintFor(change: Change): { readonly hint?: string } {
  const hints: Partial<Record<Change['kind'], string>> = {
    'add-column': 'Make it optional or give it a default, so that the rows there are have a value.',
    'change-optional': 'Some rows have no value: give them one first.',
    'change-choices': 'Some rows have a value that is no longer a choice: change them first.',
    'change-reference': 'Some rows name a row that is not there: change them first.',
    'add-index': 'Some rows have the same values: change them first.',
    'add-check': 'Some rows do not keep the rule: change them first.',
    'change-type': 'Give the field a new name and keep the old one until its values have been copied.',
  }
  const hint = hints[change.kind]
  return hint === undefined ? renameHint(change) : { hint }
}
