import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { readManifest } from '../../src/manifest/read.ts'
import { manifestSchema } from '../../src/manifest/schema.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { manifest as blog } from '../fixtures/blog/linked.ts'
import { small } from '../fixtures/small.ts'

/**
 * The published schema is closed: whatever one changes in a manifest's form, it is no manifest any more. Ajv is the
 * oracle; the reader must refuse what Ajv refuses, and name the place.
 */

type Node = Record<string, unknown>

/** Members under which any JSON at all may stand. */
const open = new Set(['value', 'schema', 'default'])
/** Members that map names to things: one more or one less of them is another manifest, and a form all the same. */
const maps = new Set([
  ...['models', 'policies', 'views', 'events', 'operations', 'fields', 'relations', 'members', 'sort', 'payload'],
  ...['input', 'params', 'query', 'values', 'set', 'children'],
])

interface Place {
  readonly object: Node
  readonly pointer: string
}

/** Every object of a manifest whose members the schema names, and where it stands. */
function forms(value: unknown, pointer = '', map = false): Place[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item, at) => forms(item, `${pointer}/${at}`))
  const object = value as Node
  const below = Object.entries(object).flatMap(([name, member]) =>
    !map && open.has(name) ? [] : forms(member, `${pointer}/${name}`, !map && maps.has(name) && !Array.isArray(member)),
  )
  return map ? below : [{ object, pointer }, ...below]
}

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false })
const valid = ajv.compile(JSON.parse(JSON.stringify(manifestSchema)))

const placesRefused = (document: unknown): readonly string[] => {
  try {
    readManifest(document)
  } catch (error) {
    if (isProblem(error)) return error.details.map(({ place }) => place)
    throw error
  }
  return []
}

for (const [name, manifest] of Object.entries({ small, blog })) {
  test(`${name}: an extra member, another kind of value, a missing member: each is refused at its place`, () => {
    const text = JSON.stringify(manifest)
    const count = forms(JSON.parse(text)).length
    fc.assert(
      fc.property(fc.nat(count - 1), fc.nat(), fc.constantFrom('extra', 'kind', 'missing'), (which, member, how) => {
        const document = JSON.parse(text)
        const { object, pointer } = forms(document)[which]!
        const names = Object.keys(object).filter((key) => how !== 'kind' || !open.has(key))
        const chosen = names[member % names.length]
        if (how === 'extra') object['nobody knows'] = true
        else if (chosen === undefined) return
        else if (how === 'kind') object[chosen] = { 'nobody knows': [] }
        else delete object[chosen]
        const meets = valid(document)
        // A member that may be left out leaves a form that holds; what it means is for `verify` to say.
        if (how !== 'missing') assert.equal(meets, false, `${how} ${pointer}/${chosen}`)
        if (meets || (pointer === '' && chosen === 'version')) return
        const places = placesRefused(document)
        assert.ok(places.length > 0, `${how} ${pointer}/${chosen} was read`)
        assert.ok(
          places.some((place) => place.startsWith(pointer)),
          `${how} ${pointer}/${chosen}: ${places.join(', ')}`,
        )
      }),
      { numRuns: name === 'small' ? 120 : 30 },
    )
  })
}

test('several mistakes of form are named at once, each at its place and none at its parents', () => {
  const document = JSON.parse(JSON.stringify(small))
  document.extra = 1
  delete document.models.user.table
  document.policies.article.read = { kind: 'cal', fn: 'eq', args: [] }
  delete document.operations.publish.write.set.status.type
  document.views.article.shape.members.title.nullable = false
  assert.deepEqual(placesRefused(document).toSorted(), [
    '/extra',
    '/models/user/table',
    '/operations/publish/write/set/status/type',
    '/policies/article/read/kind',
    '/views/article/shape/members/title/nullable',
  ])
})
