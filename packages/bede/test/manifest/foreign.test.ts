import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readManifest } from '../../src/manifest/read.ts'
import { verify } from '../../src/manifest/verify.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { small } from '../fixtures/small.ts'

/** Mistakes that no declaration can make, and a document from anywhere can: link gives none of them. */

// biome-ignore lint/suspicious/noExplicitAny: a manifest that is broken on purpose has no type
type Broken = any

const json = (schema: object) => ({ type: { kind: 'json', schema }, column: 'extra', optional: true })
const mistakes: Readonly<Record<string, readonly [place: string, code: string, (m: Broken) => void]>> = {
  'class 24: a table of the platform in another place': [
    ...(['bede_secret', 'reserved-name'] as const),
    (m) => Object.assign(m.models.bede_secret, { table: 'tag', schema: undefined }),
  ],
  'class 24: sessions whose token callers may set': [
    ...(['bede_session', 'reserved-name'] as const),
    (m) => delete m.models.bede_session.fields.tokenHash.unique,
  ],
  'a platform model left out': [...(['bede_outbox', 'reserved-name'] as const), (m) => delete m.models.bede_outbox],
  'class 30: a model that would be exempt from policies': [
    ...(['tag', 'reserved-name'] as const),
    (m) => {
      m.models.tag.schema = 'bede'
      delete m.policies.tag
    },
  ],
  'class 67: a table of the database itself': [
    ...(['tag', 'reserved-name'] as const),
    (m) => {
      m.models.tag.table = 'pg_shadow'
    },
  ],
  'class 67: an index with a name no database can hold': [
    ...(['tag.index.a\0b', 'invalid-name'] as const),
    (m) => {
      m.models.tag.indexes[0].name = 'a\0b'
    },
  ],
  'a unique field without the index that keeps it so': [
    ...(['user.name', 'missing-index'] as const),
    (m) => {
      m.models.user.indexes = []
      delete m.operations['user.upsert']
    },
  ],
  'class 127: a dangerous pattern in the schema of a document': [
    ...(['tag.extra', 'dangerous-pattern'] as const),
    (m) => {
      m.models.tag.fields.extra = json({ type: 'object', properties: { a: { pattern: '^(a+)+$' } } })
    },
  ],
  'class 127: a dangerous pattern for the names of a document': [
    ...(['tag.extra', 'dangerous-pattern'] as const),
    (m) => {
      m.models.tag.fields.extra = json({ patternProperties: { '^(a+)+$': true } })
    },
  ],
  'a schema that names another document': [
    ...(['tag.extra', 'invalid-declaration'] as const),
    (m) => {
      m.models.tag.fields.extra = json({ items: { $ref: 'https://example.org/schema.json' } })
    },
  ],
}

for (const [name, [place, code, breakIt]] of Object.entries(mistakes)) {
  test(`${name} is refused when it is read`, () => {
    const document: Broken = JSON.parse(JSON.stringify(small))
    breakIt(document)
    const unchanged = JSON.stringify(document)
    assert.throws(
      () => readManifest(JSON.parse(unchanged)),
      (problem) =>
        isProblem(problem) &&
        problem.code === 'invalid-declaration' &&
        problem.details.some((one) => one.place === place && one.code === code),
      JSON.stringify(verify(document)),
    )
    assert.equal(JSON.stringify(document), unchanged)
  })
}
