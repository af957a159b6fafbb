import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App } from 'bede'
import { nothingSaid } from '../../../packages/bede/src/practice/prove/acknowledged.ts'
import { documentedAnswers } from '../../../packages/bede/src/practice/prove/contract/documented.ts'
import { operationsOf } from '../../../packages/bede/src/practice/prove/finding.ts'
import { provePolicies } from '../../../packages/bede/src/practice/prove/policies/prove-policies.ts'
import { isProven, type Proof, proofParts, prove } from '../../../packages/bede/src/practice/prove/prove.ts'
import { serve } from '../../../packages/bede/src/practice/prove/target/serve.ts'
import { createTarget } from '../../../packages/bede/src/practice/prove/target/target.ts'
import { makeScratch } from '../../../packages/bede/src/practice/rehearse/scratch.ts'
import conduit from '../app.ts'
import planted, { holes } from './planted.ts'

async function proofOf(app: App, parts = proofParts.slice(), only: readonly string[] = []): Promise<Proof> {
  const scratch = await makeScratch(undefined)
  try {
    const file = nothingSaid
    return await prove({ app, driver: scratch.driver, file, parts, seed: 1, only, tell: () => {} })
  } finally {
    await scratch.drop()
  }
}

async function servedOf(app: App) {
  const scratch = await makeScratch(undefined)
  const served = await serve(app, scratch.driver)
  return {
    served,
    async close() {
      await served.close()
      await scratch.drop()
    },
  }
}

const shown = ({ findings }: Proof): readonly string[] =>
  findings.map(({ number, operation, says, reproduce }) => `class ${number} of ${operation}: ${says}\n  ${reproduce}`)

test('the example is attacked as everybody, and nothing gets in', async () => {
  const proof = await proofOf(conduit)
  assert.deepEqual(shown(proof), [])
  assert.deepEqual(
    proof.attacks?.coverage.filter(({ missed }) => missed !== undefined),
    [],
  )
  assert.ok(isProven(proof))
  assert.deepEqual(
    proof.attacks?.scores.filter(({ state }) => state !== 'held' && state !== 'not applicable'),
    [],
  )
  for (const { number, state, requests, reason } of proof.attacks?.scores ?? [])
    assert.ok(
      state === 'held' ? requests > 0 : (reason ?? '').length > 10,
      `class ${number} is ${state} without a word`,
    )
})

test('every hole that is planted in a copy of the example is found, with the request that shows it', async () => {
  const proof = await proofOf(planted, ['attacks'], [...Object.keys(holes), 'receive', 'submit'])
  assert.ok(!isProven(proof))
  const found = new Set(
    proof.findings.flatMap((finding) => operationsOf(finding).map((operation) => `${operation}: ${finding.number}`)),
  )
  const missed = Object.entries(holes).filter(([operation, number]) => !found.has(`${operation}: ${number}`))
  assert.deepEqual(missed, [], shown(proof).join('\n'))
  for (const { operation, reproduce } of proof.findings) {
    assert.match(reproduce, /^curl -X [A-Z]+ "\$ORIGIN"'\//, operation)
  }
  assert.deepEqual(
    proof.attacks?.coverage.filter(({ missed }) => missed !== undefined),
    [],
    'files, forms and header lines are sent as each takes them',
  )
  const innocent = proof.findings.filter((finding) => !operationsOf(finding).every((one) => Object.hasOwn(holes, one)))
  assert.deepEqual(
    innocent.map(({ number, operation, says }) => ({ number, operation, says })),
    [],
  )
})

test('an answer that is not what the policies say is found, more and less and rows of a list', async () => {
  const { served, close } = await servedOf(conduit)
  try {
    const target = await createTarget(served, async () => {}, [
      'putArticle',
      'removeComment',
      'getArticle',
      'listArticles',
    ])
    const same = await provePolicies(target, () => {})
    assert.deepEqual(same.findings, [])
    assert.ok(same.cells.filter(({ expected }) => expected === 'forbidden').length > 5)
    assert.ok(same.cells.filter(({ expected }) => expected === 'missing').length > 5)
    assert.ok(same.cells.filter(({ expected }) => expected === 'done').length > 10)
    // Held against other policies than those it serves.
    const { manifest } = target
    const anybody = { kind: 'literal', value: true, type: { kind: 'boolean' } } as const
    const { article, comment, user } = manifest.policies
    const policies = {
      ...manifest.policies,
      user: { ...user, read: anybody },
      article: { ...article, read: anybody, update: { from: anybody, to: anybody } },
    }
    const other = await provePolicies({ ...target, manifest: { ...manifest, policies } }, () => {})
    const said = other.findings.map(({ operation, says }) => `${operation}: ${says}`).join('\n')
    assert.match(said, /putArticle: bob, about the row: ada's: the policies let it through, and it is refused with 403/)
    assert.match(said, /getArticle: .*the policies let it through, and it is refused with 404/)
    assert.match(said, /listArticles: .*which is not in the list/)
    const nobody = { ...anybody, value: false }
    const closed = { ...manifest.policies, comment: { ...comment, delete: nobody } }
    const less = await provePolicies({ ...target, manifest: { ...manifest, policies: closed } }, () => {})
    assert.match(
      less.findings.map(({ operation, says }) => `${operation}: ${says}`).join('\n'),
      /removeComment: ada, about their own row: the policies refuse it .* and it is done/,
    )
  } finally {
    await close()
  }
})

test('an input that makes a handler fail is found and made small, and an answer of another form is', async () => {
  const proof = await proofOf(planted, ['contract'], ['divide', 'getArticle'])
  const [finding, ...others] = proof.findings
  assert.deepEqual(others, [])
  assert.equal(finding?.operation, 'divide')
  assert.match(finding?.says ?? '', /^500 to GET \/holes\/divide: it fails with 500$/)
  assert.match(finding?.reproduce ?? '', /'\/holes\/divide\?by=101&what=0'/)
  const row = proof.contract?.rows.find(({ operation }) => operation === 'getArticle')
  assert.deepEqual(row?.produced, [200, 304, 401, 404, 406, 414, 422, 431])

  const { served, close } = await servedOf(conduit)
  try {
    const answers = documentedAnswers(served.backend.manifest, served).get('getArticle')
    const mistake = (status: number, type: string, text: string) =>
      answers?.mistake({ status, headers: new Headers({ 'content-type': type }), text })
    assert.match(
      mistake(200, 'application/json', '{"article":{"slug":3}}') ?? '',
      /^its body is not as documented: \/article/,
    )
    assert.match(mistake(200, 'application/json', '{') ?? '', /no JSON/)
    assert.match(mistake(200, 'text/html', '<p>') ?? '', /text\/html, and application\/json is documented/)
    assert.match(mistake(202, 'application/json', '{}') ?? '', /202 is not documented/)
    assert.match(mistake(503, 'application/json', '{}') ?? '', /fails with 503/)
  } finally {
    await close()
  }
})
