// JSON Schema alone: `typebox/compile` brings the whole type builder, 11 MB and 50 ms of every start.
import { Compile } from 'typebox/schema'
import { Problem, type ProblemDetail } from '../telemetry/problem.ts'
import { allErrors } from './all-errors.ts'
import { freeze } from './freeze.ts'
import { type Manifest, manifestVersion } from './manifest.ts'
import { manifestSchema } from './schema.ts'
import { isVerified, rememberVerified } from './verified.ts'
import { refuse, verify } from './verify.ts'

/** Deeper than any declaration goes: a document beyond it was made to hurt. */
const DEEPEST = 400

/** Beyond so many, more mistakes of form help nobody; each is told again at every level above it. */
const MOST_ERRORS = 2000
const MOST_DETAILS = 100

/**
 * Reads a manifest from JSON, from a file say, trusting nothing in it: its version, its form (the published schema) and
 * its meaning are checked. Throws the Problem `invalid-manifest`, or `invalid-declaration` with every mistake.
 */
export function readManifest(json: unknown): Manifest {
  checkVersion(json)
  checkDepth(json)
  checkForm(json)
  const manifest = freeze(json)
  refuse(manifest.name, verify(manifest))
  rememberVerified(manifest)
  return manifest
}

/**
 * Reads a manifest that an earlier version may have written, to compare with today's and never to serve: its version and
 * its form are checked, its meaning is what it was then. Throws the Problem `invalid-manifest`.
 */
export function readRecorded(json: unknown): Manifest {
  checkVersion(json)
  checkDepth(json)
  checkForm(json)
  return freeze(json)
}

/**
 * The manifest itself where `link` or `readManifest` made it, and read anew where it came from anywhere else: what is
 * booted is verified, whoever brings it, and verified once.
 */
export const verified = (manifest: Manifest): Manifest => (isVerified(manifest) ? manifest : readManifest(manifest))

function checkVersion(json: unknown): void {
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined
  if (version === manifestVersion) return
  throw new Problem('invalid-manifest', {
    message: `The manifest is of version ${JSON.stringify(version) ?? 'none'}, and this Bede reads version ${manifestVersion}`,
    hint: 'Make it again with bede check --json of the version that runs it.',
  })
}

/** Level by level, because whatever walks down a document would overflow on one that is deep enough. */
function checkDepth(json: unknown): void {
  let level: readonly unknown[] = [json]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST)
      throw new Problem('invalid-manifest', { message: `The document is nested more than ${DEEPEST} deep` })
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
}

/** Compiled when a manifest is first read: an app's own declarations need it never. */
let validator: ReturnType<typeof Compile> | undefined

function checkForm(json: unknown): asserts json is Manifest {
  validator ??= Compile(manifestSchema)
  const known = validator
  if (known.Check(json)) return
  const [, errors] = allErrors(MOST_ERRORS, () => known.Errors(json))
  const details = errors.flatMap(detailsOf)
  throw new Problem('invalid-manifest', {
    message: `The document is not a manifest: ${details[0]?.place || '/'} ${details[0]?.message ?? ''}`,
    details: details.slice(0, MOST_DETAILS),
  })
}

interface FormError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

/** One error of the validator as mistakes of the document; none, when it says of a whole what another says of its part. */
function detailsOf({ keyword, instancePath: place, params, message }: FormError): readonly ProblemDetail[] {
  const detail = (at: string, text: string, hint?: string): ProblemDetail => ({
    place: at,
    code: 'invalid-manifest',
    message: text,
    ...(hint !== undefined && { hint }),
  })
  const listed = (name: string): readonly unknown[] => Object.entries(params).find(([key]) => key === name)?.[1] ?? []
  switch (keyword) {
    case 'if':
    case 'additionalProperties':
      return []
    case 'boolean': // what `additionalProperties: false` says of one member
      return [detail(place, 'No member has this name here', 'Take it out.')]
    case 'required':
      return listed('requiredProperties').map((name) => detail(`${place}/${name}`, 'It is missing'))
    case 'enum':
      return [detail(place, 'It is none of the values allowed', `One of: ${listed('allowedValues').join(', ')}.`)]
    default:
      return [detail(place, message)]
  }
}
