import { createHash } from 'node:crypto'
import { isAbsolute, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Finding, operationsOf } from './finding.ts'
import type { Proof } from './prove.ts'

/** A log in the Static Analysis Results Interchange Format, as far as a proof has something to say (SARIF 2.1.0). */
export interface SarifLog {
  readonly $schema: string
  readonly version: '2.1.0'
  readonly runs: readonly SarifRun[]
}

interface SarifRun {
  readonly tool: {
    readonly driver: { readonly name: string; readonly version: string; readonly rules: readonly SarifRule[] }
  }
  readonly invocations: readonly { readonly executionSuccessful: boolean; readonly exitCode: number }[]
  readonly results: readonly SarifResult[]
  readonly properties: Readonly<Record<string, string | number>>
}

interface SarifRule {
  readonly id: string
  readonly shortDescription: { readonly text: string }
  readonly defaultConfiguration: { readonly level: 'error' }
}

interface SarifResult {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: 'error'
  readonly message: { readonly text: string }
  readonly locations: readonly {
    readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } }
    readonly logicalLocations: readonly { readonly name: string; readonly kind: string }[]
  }[]
  /** The same hole has the same one in every run. */
  readonly partialFingerprints: { readonly 'bede/v1': string }
  readonly suppressions?: readonly { readonly kind: 'external'; readonly justification: string }[]
  readonly properties?: { readonly reproduce: string; readonly evidence: string }
}

/** Where the schema of the format is published. */
const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
const unreached = { id: 'bede/unreached', title: 'An operation that no request reached' }

/**
 * A proof as SARIF 2.1.0, for whatever shows findings beside code. `file`: the path of the app file, relative to where the
 * log is read from. What was acknowledged is in it, suppressed with its reason (§3.35).
 */
export function sarifOf(
  proof: Proof,
  { file, version }: { readonly file: string; readonly version: string },
): SarifLog {
  const acknowledged = proof.attacks?.acknowledged ?? []
  const told = [...proof.findings.map((finding) => ({ finding, because: undefined })), ...acknowledged]
  const missed = (proof.attacks?.coverage ?? []).filter((one) => one.missed !== undefined)
  const titles = new Map(told.map(({ finding }) => [ruleId(finding), finding.rule]))
  if (missed.length > 0) titles.set(unreached.id, unreached.title)
  const ids = [...titles.keys()]
  const result = (id: string, operations: readonly string[], says: string): SarifResult => {
    const names = operations.join(', ')
    const text = `${names}: ${says}`
    return {
      ruleId: id,
      ruleIndex: ids.indexOf(id),
      level: 'error',
      message: { text },
      locations: operations.map((name) => ({
        physicalLocation: { artifactLocation: { uri: uriOf(file) } },
        logicalLocations: [{ name, kind: 'function' }],
      })),
      partialFingerprints: {
        'bede/v1': createHash('sha256')
          .update(JSON.stringify([id, names, text]))
          .digest('hex'),
      },
    }
  }
  return {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bede prove',
            version,
            rules: [...titles].map(([id, text]) => ({
              id,
              shortDescription: { text },
              defaultConfiguration: { level: 'error' },
            })),
          },
        },
        invocations: [{ executionSuccessful: true, exitCode: proof.findings.length + missed.length > 0 ? 1 : 0 }],
        results: [
          ...told.map(({ finding, because }) => ({
            ...result(ruleId(finding), operationsOf(finding), `${finding.says}. ${finding.hint}`),
            ...(because !== undefined && { suppressions: [{ kind: 'external' as const, justification: because }] }),
            properties: { reproduce: finding.reproduce, evidence: finding.evidence },
          })),
          ...missed.map((one) => result(unreached.id, [one.operation], one.missed ?? '')),
        ],
        properties: { app: proof.app, seed: proof.seed, requests: proof.requests },
      },
    ],
  }
}

/** A path as the reference to a file that it is (§3.4.3, RFC 3986 §4.1), whatever letters are in it. */
const uriOf = (file: string): string =>
  isAbsolute(file) ? pathToFileURL(file).href : file.split(sep).map(encodeURIComponent).join('/')

const ruleId = ({ number, rule }: Finding): string =>
  number === undefined ? `bede/${rule.toLowerCase().replace(/[^a-z]+/g, '-')}` : `bede/class-${number}`
