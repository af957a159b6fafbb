import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
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

/** What the published schema (2.1.0-rtm.5) has against a log; its `id` is of a draft of JSON Schema that Ajv no longer reads. */
function mistakesIn(log: unknown): unknown {
  const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')
  const { id: _, $schema: __, ...schema } = JSON.parse(readFileSync(path, 'utf8'))
  const ajv = new Ajv({ strict: false, unicodeRegExp: false, allErrors: true })
  addFormats.default(ajv)
  const validate = ajv.compile(schema)
  return validate(JSON.parse(JSON.stringify(log))) ? undefined : validate.errors
}

test('a log is valid by the published schema, whatever is found and wherever the app is', () => {
  const { number: _, ...rest } = open
  const plain = { ...rest, rule: 'Answers differ from the contract' }
  const odd = { ...open, operation: 'a "b"\n<c>', says: '\u0000\u202e', evidence: '', reproduce: '' }
  for (const file of ['app.ts', 'src/my app.ts', 'C:\\work\\app.ts', '100%/app#1?.ts', '/srv/gr\u00fc\u00dfe/app.ts'])
    for (const made of [proof([]), proof([open, odd], 'every request was refused'), proof([plain])]) {
      const log = sarifOf(made, { file, version: '0.1.0' })
      assert.deepEqual(mistakesIn(log), undefined, file)
      for (const { locations } of log.runs[0]?.results ?? []) {
        const { uri } = locations[0]?.physicalLocation.artifactLocation ?? {}
        assert.equal(decodeURIComponent(uri ?? ''), file.startsWith('/') ? `file://${file}` : file)
      }
    }
  const log = sarifOf(proof([open]), { file: 'app.ts', version: '0.1.0' })
  assert.ok(mistakesIn({ ...log, version: '2.0.0' }), 'the schema refuses another version')
  assert.ok(mistakesIn({ ...log, runs: [{ ...log.runs[0], results: [{ level: 'dreadful' }] }] }), 'and another level')
})
