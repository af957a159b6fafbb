import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  answer,
  app,
  array,
  byMedia,
  defineSchema,
  id,
  integer,
  model,
  nobody,
  ref,
  resources,
  text,
  verbs,
} from '../../../src/index.ts'
import { documentedAnswers } from '../../../src/practice/prove/contract/documented.ts'
import { serve } from '../../../src/practice/prove/target/serve.ts'
import { makeScratch } from '../../../src/practice/rehearse/scratch.ts'
import { proofOf } from './support/proof.ts'

const models = defineSchema({ user: model({ id: id<'user'>(), name: text() }) })
const actor = { id: ref('user') }
const { user: Users } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const userPolicy = Users.policy(() => ({ read: nobody }))
const { route } = verbs<ActorOf<typeof actor>>(actor)
const auth = 'optional'

const counted = route('GET /counted', {
  auth,
  responses: {
    200: { output: array(text()), headers: { 'X-Total': integer(), 'X-Tags': array(integer(), { optional: true }) } },
    '5XX': { output: { sorry: text() } },
  },
  run: () => answer({ headers: { 'X-Total': 0 }, body: [] }),
})
const forgetful = route('GET /forgetful', {
  auth,
  responses: { 200: { output: array(text()), headers: { 'X-Total': integer() } } },
  run: () => answer({ body: [] }) as never,
})
const sheet = route('GET /sheet', {
  auth,
  output: { n: integer() },
  also: { 'text/csv': {}, 'text/plain': {} },
  run: () =>
    byMedia({
      'application/json': () => ({ n: 1 }),
      'text/csv': () => 1 as never,
      'text/plain': () => '1',
    }),
})
const down = route('GET /down', {
  auth,
  responses: { 200: {}, 503: { output: { sorry: text() } } },
  run: () => answer({ status: 503, body: { sorry: 'later' } }),
})
const sheets = app({ name: 'sheets', schema: models, use: { all: { userPolicy, counted, forgetful, sheet, down } } })

test('every media type is asked for, and a line that is missing is found', async () => {
  const proof = await proofOf(sheets, { parts: ['contract'] })
  assert.deepEqual(
    proof.findings.map(({ operation, reproduce }) => [operation, /accept: [\w/]+/i.exec(reproduce ?? '')?.[0]]).sort(),
    [
      ['forgetful', undefined],
      ['sheet', 'accept: text/csv'],
    ],
  )
  const row = proof.contract?.rows.find(({ operation }) => operation === 'counted')
  assert.ok(row?.produced.includes(200), JSON.stringify(row))
})

test('an answer is held against the lines and the media types that are documented', async () => {
  const scratch = await makeScratch(undefined)
  try {
    const served = await serve(sheets, scratch.driver, 1)
    try {
      const documented = documentedAnswers(served.backend.manifest, served)
      const mistake = (name: string, status: number, headers: Record<string, string>, text: string) =>
        documented.get(name)?.mistake({ status, headers: new Headers(headers), text })
      const json = { 'Content-Type': 'application/json; charset=utf-8' }
      assert.equal(mistake('counted', 200, { ...json, 'X-Total': '3', 'X-Tags': '1, 2' }, '[]'), undefined)
      assert.match(mistake('counted', 200, json, '[]') ?? '', /X-Total is missing/)
      assert.match(
        mistake('counted', 200, { ...json, 'X-Total': 'three' }, '[]') ?? '',
        /X-Total is not as documented: three/,
      )
      assert.match(mistake('counted', 200, { ...json, 'X-Total': '' }, '[]') ?? '', /X-Total is not as documented/)
      assert.match(mistake('counted', 200, { ...json, 'X-Total': '3', 'X-Tags': '1, b' }, '[]') ?? '', /X-Tags is not/)
      assert.equal(mistake('counted', 501, json, '{"sorry":"no"}'), undefined)
      assert.match(mistake('counted', 501, json, '{}') ?? '', /not as documented/)
      const problem = { 'Content-Type': 'application/problem+json; charset=utf-8' }
      assert.match(mistake('counted', 500, problem, '{}') ?? '', /fails with 500/)
      assert.match(mistake('sheet', 500, json, '{}') ?? '', /fails with 500/)
      const csv = { 'Content-Type': 'text/csv; charset=utf-8' }
      assert.equal(mistake('sheet', 200, { ...csv, Vary: 'Origin, Accept' }, 'n'), undefined)
      assert.match(mistake('sheet', 200, { ...csv, Vary: 'Origin, Accept-Encoding' }, 'n') ?? '', /depends on Accept/)
      assert.deepEqual(documented.get('sheet')?.media, ['application/json', 'text/csv', 'text/plain'])
    } finally {
      await served.close()
    }
  } finally {
    await scratch.drop()
  }
})
