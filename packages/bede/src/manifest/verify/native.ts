import type { Mistake } from '../../expr/functions/rule.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import { storedNameMistake } from './name.ts'
import { type Verifying, wrong } from './report.ts'

const word = '(?:[A-Za-z_][A-Za-z0-9_$]*|"(?:[^"\\u0000]|"")+")'
/** `character varying(45)`, `numeric(5,2)[]`, `"My schema"."Mood"`, `text collate "C"`: a type's name and nothing behind it. */
const typeName = new RegExp(
  `^${word}(?:\\.${word})?(?: (?:varying|precision|year|month|day|hour|minute|second|to|with|without|time|zone))*` +
    `(?:\\([0-9]+(?:, ?-?[0-9]+)?\\))?(?: (?:with|without) time zone)?(?:\\[\\])*(?: collate ${word}(?:\\.${word})?)?$`,
  'iu',
)

/** Why a column's own words cannot be used. */
export function nativeMistake({ native, computed, type }: FieldDefinition): Mistake | undefined {
  if (native !== undefined && !typeName.test(native))
    return wrong('invalid-declaration', `${JSON.stringify(native)} is not the name of a type of the database`)
  if (native !== undefined && type.parts !== undefined)
    return wrong('invalid-declaration', 'An id that is made of other fields has no column, and no type of one')
  if (computed !== undefined && computed.trim() === '')
    return wrong('invalid-declaration', 'What the database computes a column from is not empty')
  return undefined
}

/** What is kept is named once each, and a ref names a constraint that is there. */
export function verifyKept(verifying: Verifying, name: string, model: ModelDefinition): void {
  const names = new Set<string>()
  for (const { name: kept, kind, definition } of model.kept ?? []) {
    const place = `${name}.kept.${kept}`
    const bad = storedNameMistake(kept)
    if (bad) verifying.add(place, bad)
    if (names.has(kept)) verifying.add(place, wrong('duplicate-name', `${name} keeps '${kept}' twice`))
    names.add(kept)
    if (kind === 'index' && !/^create (?:unique )?index /i.test(definition))
      verifying.add(place, wrong('invalid-declaration', `'${kept}' is not the statement of an index`))
  }
  for (const [field, { constraint }] of Object.entries(model.fields)) {
    if (constraint === undefined || names.has(constraint)) continue
    verifying.add(
      `${name}.${field}`,
      wrong('invalid-declaration', `${name} keeps no constraint '${constraint}'`, 'Name it in kept: { constraints }.'),
    )
  }
}
