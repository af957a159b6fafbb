import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type App, anyone, app, defineSchema, file, fromActor, id, model, ref, resources } from '../../../src/index.ts'
import { nothingSaid } from '../../../src/practice/prove/acknowledged.ts'
import { layLures } from '../../../src/practice/prove/attacks/lures.ts'
import { attacks } from '../../../src/practice/prove/attacks/run-attacks.ts'
import { serve } from '../../../src/practice/prove/target/serve.ts'
import { createTarget } from '../../../src/practice/prove/target/target.ts'
import { makeScratch } from '../../../src/practice/rehearse/scratch.ts'
import { studio } from '../../attacks/support/studio.ts'
import { type Actor, account, actor } from '../../support/account.ts'
import { lines, proofOf } from './support/proof.ts'

/** Rows with files that can be sent in parts, and in no other way. */
const reel = (types: readonly string[]): App => {
  const user = model(account)
  const film = model({
    id: id<'film'>(),
    ownerId: ref('user', { default: fromActor('id'), immutable: true }),
    video: file({ types, max: '2mb' }),
  })
  const models = defineSchema({ user, film })
  const { user: Users, film: Films } = resources<typeof models, Actor>(models, actor)
  const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))
  const filmPolicy = Films.policy(({ row, actor }) => {
    const mine = row.ownerId.eq(actor.id)
    return { read: mine, create: mine, update: mine }
  })
  const filmView = Films.view(({ row }) => ({ id: row.id, video: row.video }))
  const films = Films.expose({ view: filmView, operations: ['get', 'create'], files: { video: ['get', 'upload'] } })
  const identity = Users.identity({ register: ['handle'] })
  return app({
    name: 'reel',
    schema: models,
    files: { uploads: { each: { count: 1 } } },
    use: { all: { userPolicy, filmPolicy, filmView, films, identity } },
  })
}
/** Nobody signs in here. */
const booth = (): App => {
  const shot = model({ id: id<'shot'>(), image: file({ types: ['image/png'], max: '1mb' }) })
  const models = defineSchema({ shot })
  const { shot: Shots } = resources<typeof models, object>(models, {})
  const shotPolicy = Shots.policy(() => ({ read: anyone, update: anyone }))
  const shotView = Shots.view(({ row }) => ({ id: row.id, image: row.image }))
  const shots = Shots.expose({ view: shotView, operations: ['get'], files: { image: ['get', 'upload'] } })
  return app({ name: 'booth', schema: models, use: { all: { shotPolicy, shotView, shots } } })
}
const steps = ['begin', 'find', 'append', 'abandon'] as const
const stepsOf = (model: string, field: string) => steps.map((step) => `${model}.${step}${field}Upload`)

test('an app whose files are sent in parts is proven to its end: all of it holds, and every step is reached', async () => {
  const proof = await proofOf(reel(['video/mp4']))
  assert.deepEqual(lines(proof), [])
  const { coverage = [], scores = [] } = proof.attacks ?? {}
  assert.deepEqual(
    coverage.filter(({ missed }) => missed !== undefined),
    [],
  )
  const reached = coverage.filter(({ done }) => done > 0).map(({ operation }) => operation)
  for (const step of stepsOf('film', 'Video')) assert.ok(reached.includes(step), step)
  for (const number of [15, 34, 109, 111, 115])
    assert.equal(scores.find((score) => score.number === number)?.state, 'held', `class ${number}`)
  const cells = proof.policies?.cells.filter(({ operation }) => operation === 'film.beginVideoUpload') ?? []
  assert.deepEqual(new Set(cells.map(({ expected }) => expected)), new Set(['done', 'missing', 'signed out']))
  // In the contract, too: what it says of their success is what they answer.
  for (const [step, status] of [
    ['begin', 201],
    ['find', 204],
    ['append', 204],
    ['abandon', 204],
  ] as const) {
    const row = proof.contract?.rows.find(({ operation }) => operation === `film.${step}VideoUpload`)
    assert.ok(row?.produced.includes(status), `${step}: ${row?.produced}`)
  }
})

test('so are rows whose files only some may change, files of one organization, and files of whoever comes', async () => {
  const many = [...stepsOf('picture', 'Image'), ...stepsOf('picture', 'Proof'), ...stepsOf('paper', 'Scan')]
  for (const [app, only] of [
    [studio(), many],
    [booth(), stepsOf('shot', 'Image')],
  ] as const) {
    const proof = await proofOf(app, { parts: ['attacks', 'policies'], only })
    assert.deepEqual(lines(proof), [])
    const { coverage = [] } = proof.attacks ?? {}
    assert.deepEqual(
      coverage
        .filter(({ done }) => done > 0)
        .map(({ operation }) => operation)
        .toSorted(),
      only.toSorted(),
    )
  }
})

test('a server that takes in parts what it does not declare is found: other types, and more bytes', async () => {
  const scratch = await makeScratch(undefined)
  const served = await serve(reel(['application/octet-stream']), scratch.driver)
  const lures = await layLures('zq-lure-zq')
  try {
    const attacking = attacks({ file: nothingSaid, lures }, () => {})
    const target = await createTarget(served, attacking.heard, stepsOf('film', 'Video'))
    // What it is said to declare, and does not hold to.
    const rules = { types: ['image/png'], max: 1_000, pixels: 1_000_000 }
    const entries = target.entries.map((entry) =>
      entry.upload ? { ...entry, upload: { ...entry.upload, rules } } : entry,
    )
    const { findings } = await attacking.run({ ...target, entries })
    const said = findings.map(({ number, operation, says }) => `${number} ${operation} ${says}`)
    const taken = 'under the name and the type of another file'
    assert.deepEqual(said, [
      `115 film.appendVideoUpload It takes a program ${taken}`,
      `115 film.appendVideoUpload It takes a page with a script ${taken}`,
      `115 film.appendVideoUpload It takes a drawing with a script ${taken}`,
      '109 film.appendVideoUpload It takes more of a file than was said, or more than may be',
    ])
  } finally {
    await lures.close()
    await served.close()
    await scratch.drop()
  }
})
