import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Log } from 'sarif'
import type { Proof } from '../../../src/practice/prove/prove.ts'
import { type SarifLog, sarifOf } from '../../../src/practice/prove/sarif.ts'
import { scoreboard } from '../../../src/practice/prove/scoreboard.ts'

const finding = (number: number, operation: string) => ({
  number,
  rule: 'Guessed and colliding ids',
  operation,
  says: `${operation} lets bob in`,
  hint: 'Do not',
  reproduce: 'curl -X GET "$ORIGIN"\'/\'',
  evidence: '200',
})

const open = finding(15, 'archive')
const meant = finding(15, 'like')
const acknowledged = [{ class: 15, operation: 'like', because: 'anybody may like' }]

const proof = (findings: Proof['findings'], missed?: string): Proof => ({
  app: 'notes',
  seed: 7,
  requests: 12,
  findings,
  attacks: {
    scores: scoreboard(new Map([[15, { requests: 3, reasons: [] }]]), [...findings, meant], acknowledged),
    coverage: [
      {
        operation: 'archive',
        address: 'POST /archive',
        requests: 1,
        done: 0,
        statuses: [404],
        ...(missed && { missed }),
      },
    ],
    acknowledged: [{ finding: meant, because: 'anybody may like' }],
    stale: [],
  },
})

test('a class is open, acknowledged with its reason, held or not applicable with one', () => {
  const tried = new Map([
    [15, { requests: 3, reasons: [] }],
    [26, { requests: 0, reasons: ['the app has no API keys'] }],
  ])
  const state = (findings: Proof['findings'], number: number) => {
    const score = scoreboard(tried, findings, acknowledged).find((one) => one.number === number)
    return [score?.state, score?.reason]
  }
  assert.deepEqual(state([], 15), ['held', undefined])
  assert.deepEqual(state([open], 15), ['open', undefined])
  assert.deepEqual(state([open, meant], 15), ['open', undefined])
  assert.deepEqual(state([meant], 15), ['acknowledged', 'anybody may like'])
  assert.deepEqual(state([], 26), ['not applicable', 'the app has no API keys'])
  assert.equal(state([], 141)[0], 'not applicable')
})

type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T
/** The compiler holds every log to the types that are generated from the published schema: names, kinds and words of lists. */
const conforms: Writable<SarifLog> extends Log ? true : never = true

test('a log has what SARIF 2.1.0 demands of it: every result names a rule that is listed', () => {
  const log = sarifOf(proof([open], 'every request was refused'), { file: 'app.ts', version: '0.1.0' })
  assert.ok(conforms)
  assert.equal(log.version, '2.1.0')
  assert.match(log.$schema, /sarif-schema-2\.1\.0\.json$/)
  const [run] = log.runs
  assert.ok(run)
  const { driver } = run.tool
  assert.equal(driver.name, 'bede prove')
  assert.equal(new Set(driver.rules.map(({ id }) => id)).size, driver.rules.length)
  assert.deepEqual(
    run.results.map(({ ruleId }) => ruleId),
    ['bede/class-15', 'bede/class-15', 'bede/unreached'],
  )
  for (const result of run.results) {
    assert.equal(driver.rules[result.ruleIndex]?.id, result.ruleId)
    assert.ok(result.message.text.length > 0)
    assert.equal(result.locations[0]?.physicalLocation.artifactLocation.uri, 'app.ts')
    assert.match(result.partialFingerprints['bede/v1'], /^[0-9a-f]{64}$/)
  }
  assert.deepEqual(
    run.results.map(({ suppressions }) => suppressions?.[0]?.justification),
    [undefined, 'anybody may like', undefined],
  )
  assert.equal(run.invocations[0]?.exitCode, 1)
  assert.deepEqual(run.properties, { app: 'notes', seed: 7, requests: 12 })
  assert.deepEqual(JSON.parse(JSON.stringify(log)), log)
})

test('the same hole has the same fingerprint in the next run, and another one another', () => {
  const marks = (findings: Proof['findings']) =>
    sarifOf(proof(findings), { file: 'app.ts', version: '1' }).runs[0]?.results.map(
      (one) => one.partialFingerprints['bede/v1'],
    )
  assert.deepEqual(marks([open]), marks([{ ...open, evidence: 'another row', reproduce: 'curl' }]))
  assert.notEqual(marks([open])?.[0], marks([finding(15, 'remove')])?.[0])
  assert.equal(sarifOf(proof([]), { file: 'app.ts', version: '1' }).runs[0]?.invocations[0]?.exitCode, 0)
})
