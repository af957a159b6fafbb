import type { Manifest, Shape } from '../../manifest/manifest.ts'
import type { EncryptedField, Sealer } from '../../sql/sealer.ts'
import { Problem } from '../../telemetry/problem.ts'
import { itemsOf, membersOf } from '../json-items.ts'
import type { Keys } from '../keys/keys.ts'
import { encryptedFields, sealedPlaces } from './sealed-place.ts'
import { digestsOf, openValue, sealValue } from './sealed-value.ts'

/** The encrypted fields of one backend: closed on their way to the database, opened on their way out. */
export interface Encryption {
  readonly sealer: Sealer
  /** Opens the values in what an answer of this shape is as the database wrote it; undefined where none is encrypted. */
  opening(shape: Shape | undefined): Opening | undefined
}

/** JSON text with encrypted values in it, in clear. Throws a Problem `sealed-value`. */
export type Opening = (json: string) => string

/**
 * Where in a JSON text encrypted values stand. They are known by their place in the answer's shape and by nothing they
 * look like: a caller's text in another field is that text, whatever it holds.
 */
type Closed =
  | { readonly kind: 'value'; readonly of: EncryptedField }
  | { readonly kind: 'items'; readonly item: Closed }
  | { readonly kind: 'members'; readonly members: ReadonlyMap<string, Closed> }

/** Undefined: no field is encrypted. Throws a Problem `invalid-setting` where some are, and there is no secret. */
export function encryptionOf(manifest: Manifest, keys: Keys | undefined): Encryption | undefined {
  const fields = encryptedFields(manifest)
  if (fields.length === 0) return undefined
  if (!keys) throw withoutSecret(fields)
  const placeOf = sealedPlaces(manifest)
  const opened = (of: EncryptedField, json: string): string => {
    const { row, stored } = shownParts(JSON.parse(json))
    return openValue(keys, placeOf(of), stored, row)
  }
  return {
    sealer: {
      rotating: keys.ids.length > 1,
      seal: (of, value, row) => sealValue(keys, placeOf(of), value, row),
      digests: (of, value) => digestsOf(keys, placeOf(of), String(value)),
    },
    opening(shape) {
      const closed = shape && closedIn(shape, manifest)
      return closed && ((json) => openIn(json, closed, opened))
    },
  }
}

/** `36 0190a1b2-…ARt…`: the length of the row's id, the id, and what its column holds. */
function shownParts(shown: unknown): { readonly row: string; readonly stored: string } {
  const [head = '', length = ''] = /^(\d+) /.exec(typeof shown === 'string' ? shown : '') ?? []
  const rest = String(shown).slice(head.length)
  // The database counts characters, and JavaScript the halves of some.
  let end = 0
  for (let left = Number(length); left > 0 && end < rest.length; left--)
    end += (rest.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return { row: rest.slice(0, end), stored: rest.slice(end) }
}

function withoutSecret(fields: readonly EncryptedField[]): Problem {
  const names = fields.map(({ model, field }) => `${model}.${field}`)
  return new Problem('invalid-setting', {
    message: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} encrypted, and there is no secret to make a key from.`,
    hint: 'Set BEDE_SECRET to 32 random bytes: bede secrets new prints some. Keep it apart from the database and its backups.',
  })
}

function closedIn(shape: Shape, manifest: Manifest): Closed | undefined {
  switch (shape.kind) {
    case 'value': {
      const { kind, model, field } = shape.type
      return kind === 'encrypted' && model !== undefined && field !== undefined
        ? { kind: 'value', of: { model, field } }
        : undefined
    }
    case 'object': {
      const members = Object.entries(shape.members).flatMap(([name, member]): [string, Closed][] => {
        const closed = closedIn(member, manifest)
        return closed ? [[name, closed]] : []
      })
      return members.length === 0 ? undefined : { kind: 'members', members: new Map(members) }
    }
    case 'one':
      return closedIn(shape.item, manifest)
    case 'list':
    case 'page': {
      const item = closedIn(shape.item, manifest)
      return item && { kind: 'items', item }
    }
    case 'view': {
      const view = manifest.views[shape.view]
      return view && closedIn(view.shape, manifest)
    }
    case 'groups':
      return undefined
  }
}

/** Everything else is passed on to the letter. */
function openIn(json: string, closed: Closed, open: (of: EncryptedField, json: string) => string): string {
  if (json === 'null') return json
  switch (closed.kind) {
    case 'value':
      return open(closed.of, json)
    case 'items':
      return `[${itemsOf(json)
        .map((item) => openIn(item, closed.item, open))
        .join(',')}]`
    case 'members': {
      const members = [...membersOf(json)].map(([name, value]) => {
        const below = closed.members.get(name)
        return `${JSON.stringify(name)}:${below ? openIn(value, below, open) : value}`
      })
      return `{${members.join(',')}}`
    }
  }
}
