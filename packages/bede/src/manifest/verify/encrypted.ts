import type { Expr, Source } from '../../expr/expr.ts'
import { describeType, isText, plainType } from '../../expr/kinds.ts'
import { walk } from '../../expr/walk.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { Write } from '../manifest.ts'
import { verifyType } from './field.ts'
import { checkValue, type Verifying, wrong } from './report.ts'
import { own, type Surroundings } from './scope.ts'

const ENCRYPTABLE: ReadonlySet<string> = new Set(['text', 'email', 'url', 'json'])

/** Fields that are kept encrypted: what their kind is, and what can be asked of what nobody but the app can read. */
export function verifyEncrypted(verifying: Verifying, name: string, model: ModelDefinition): void {
  const encrypted = Object.entries(model.fields).filter(([, { type }]) => type.kind === 'encrypted')
  if (encrypted.length === 0) return
  for (const [field, definition] of encrypted) verifyField(verifying, name, field, definition)
  const id = own(model.fields, model.id)
  if (
    model.readonly === 'view' ||
    id?.type.parts ||
    id?.identity ||
    id?.default?.kind === 'database' ||
    countsItself(id)
  ) {
    verifying.add(
      name,
      wrong(
        'invalid-declaration',
        `${name} has encrypted fields, and the database makes the ids that they are bound to`,
        `Let the server make them: id: id<'${name}'>(), or whoever creates a row: id({ given: true }).`,
      ),
    )
  }
  for (const { name: index, fields, method, where } of model.indexes) {
    const place = `${name}.index.${index}`
    for (const field of fields) {
      const type = own(model.fields, field)?.type
      if (type?.kind !== 'encrypted') continue
      if (type.search !== 'exact') {
        const message = `${name}.${field} is encrypted: an index of it finds nothing, and no value is the same twice`
        verifying.add(place, wrong('invalid-declaration', message, "Say encrypted: { search: 'exact' } in the field."))
      } else if (method !== undefined) {
        verifying.add(
          place,
          wrong('invalid-declaration', `${name}.${field} is found by its whole value, not by ${method}`),
        )
      }
    }
    if (where) noKeys(verifying, place, where)
  }
  for (const check of model.checks) noKeys(verifying, `${name}.check.${check.name}`, check.expr)
}

/** An integer that the database counts. */
const countsItself = (id: FieldDefinition | undefined): boolean => id?.type.integer === true && !id.given

function verifyField(verifying: Verifying, name: string, field: string, definition: FieldDefinition): void {
  const place = `${name}.${field}`
  const add = (text: string, hint?: string) => verifying.add(place, wrong('invalid-declaration', text, hint))
  const { type } = definition
  const plain = plainType(type)
  if (type.model !== name || type.field !== field) add('An encrypted field names itself', 'Make the manifest again.')
  if (!ENCRYPTABLE.has(plain.kind))
    add(`What is encrypted is text, an email, a url or json, not ${describeType(plain)}`)
  else verifyType(verifying, place, plain)
  if (type.search !== undefined && !isText(plain))
    add(`Nothing finds ${describeType(plain)} by its value`, 'Take search out.')
  if (type.search !== undefined && type.search !== 'exact')
    add(`There is no search '${String(type.search)}'`, "Write 'exact'.")
  if (definition.default)
    add(
      'A default would be in clear in the declaration and the database',
      'Take it out, and make the field optional or give it a value.',
    )
  if (definition.generated || definition.computed !== undefined || definition.backfill) {
    add('The database has no key, so it computes no encrypted value', 'Write it in an action.')
  }
  if (definition.native !== undefined)
    add(
      "A column of the database's own type holds what it held in clear",
      'Take native out: an encrypted field is a new column.',
    )
  if (definition.was !== undefined) {
    add(
      'What is encrypted is bound to its column, so a renamed one would not open',
      `Take was out, and keep the column: column: '${definition.column}' with its earlier name.`,
    )
  }
}

/** What the database computes by itself knows no key. */
function noKeys(verifying: Verifying, place: string, expr: Expr): void {
  walk<Source>(expr, (one) => {
    if (one.kind !== 'call' || one.fn !== 'exactly') return
    verifying.add(
      place,
      wrong(
        'invalid-declaration',
        'The database keeps no key to compare an encrypted value with',
        'Put it into the policy, or the action.',
      ),
    )
  })
}

/** A value that is given to an encrypted field: known before the database is asked, which never has it in clear. */
export function verifySealed(
  verifying: Verifying,
  place: string,
  expr: Expr,
  { type, optional }: FieldDefinition,
  around: Surroundings,
): void {
  checkValue(verifying, place, expr, { type: plainType(type), nullable: optional === true }, around)
  if (expr.kind === 'input' || expr.kind === 'item' || expr.kind === 'actor' || expr.kind === 'literal') return
  verifying.add(
    place,
    wrong(
      'invalid-declaration',
      `${type.model}.${type.field} is encrypted before the database is asked, and this the database computes`,
      'Give it an input as it is, or compute it in a handler and write it with db.',
    ),
  )
}

/** No row is known by what is encrypted: an upsert is decided by an index of what the database sees. */
export function verifySealedKey(verifying: Verifying, place: string, write: Write, { fields }: ModelDefinition): void {
  if (write.kind !== 'create' || !write.exists) return
  const closed = write.exists.key.find((field) => own(fields, field)?.type.kind === 'encrypted')
  if (closed === undefined) return
  const message = `${write.model}.${closed} is encrypted, and no row is known by it`
  verifying.add(`${place}.exists`, wrong('invalid-declaration', message, 'Know the row by another unique.'))
}
