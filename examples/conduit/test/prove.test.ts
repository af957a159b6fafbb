import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App } from 'bede'
import { isProven, type Proof, prove } from '../../../packages/bede/src/practice/prove/prove.ts'
import { makeScratch } from '../../../packages/bede/src/practice/rehearse/scratch.ts'
import conduit from '../app.ts'
import planted, { holes } from './planted.ts'

async function proofOf(app: App, only: readonly string[] = []): Promise<Proof> {
  const scratch = await makeScratch(undefined)
  try {
    const file = { acknowledged: [], examples: {} }
    return await prove({ app, driver: scratch.driver, file, seed: 1, only, tell: () => {} })
  } finally {
    await scratch.drop()
  }
}

const shown = ({ findings }: Proof): readonly string[] =>
  findings.map(({ number, operation, says, reproduce }) => `class ${number} of ${operation}: ${says}\n  ${reproduce}`)

test('the example is attacked as everybody, and nothing gets in', async () => {
  const proof = await proofOf(conduit)
  assert.deepEqual(shown(proof), [])
  assert.deepEqual(
    proof.coverage.filter(({ missed }) => missed !== undefined),
    [],
  )
  assert.ok(isProven(proof))
  assert.deepEqual(
    proof.scores.filter(({ state }) => state !== 'held' && state !== 'not applicable'),
    [],
  )
  for (const { number, state, requests, reason } of proof.scores)
    assert.ok(
      state === 'held' ? requests > 0 : (reason ?? '').length > 10,
      `class ${number} is ${state} without a word`,
    )
})

test('every hole that is planted in a copy of the example is found, with the request that shows it', async () => {
  const proof = await proofOf(planted, Object.keys(holes))
  assert.ok(!isProven(proof))
  const found = new Set(proof.findings.map(({ number, operation }) => `${operation}: ${number}`))
  const missed = Object.entries(holes).filter(([operation, number]) => !found.has(`${operation}: ${number}`))
  assert.deepEqual(missed, [], shown(proof).join('\n'))
  for (const { operation, reproduce } of proof.findings) {
    assert.match(reproduce, /^curl -X [A-Z]+ "\$ORIGIN"'\//, operation)
  }
  const innocent = proof.findings.filter(({ operation }) => !Object.hasOwn(holes, operation))
  assert.deepEqual(
    innocent.map(({ number, operation, says }) => ({ number, operation, says })),
    [],
  )
})
