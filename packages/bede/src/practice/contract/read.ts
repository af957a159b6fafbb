import { Problem } from '../../telemetry/problem.ts'

/** Larger than any contract that people write, and small enough to be read at once. */
const LARGEST = 32 * 1024 * 1024
/** How often YAML may repeat what an anchor names; a bomb needs thousands. */
const MOST_ALIASES = 100

/**
 * A contract as the data it is: OpenAPI 3.0 or 3.1, in JSON or YAML 1.2. Nothing in it is run, fetched or looked up.
 * Throws a Problem `usage` for what is no such document.
 */
export async function readContract(text: string): Promise<unknown> {
  if (text.length > LARGEST) throw refused('It is larger than 32 MB')
  const root = /^\s*\{/.test(text) ? fromJson(text) : await fromYaml(text)
  const version = typeof root === 'object' && root !== null && 'openapi' in root ? root.openapi : undefined
  if (typeof version === 'string' && /^3\.[01]\./.test(version)) return root
  throw refused(
    version === undefined
      ? 'It does not say which OpenAPI it is'
      : `It says that it is OpenAPI ${JSON.stringify(version)?.slice(0, 40)}`,
    'A contract begins with openapi: 3.0.x or 3.1.x. Swagger 2.0 can be converted first.',
  )
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refused(`It is no JSON: ${said(error)}`)
  }
}

async function fromYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml')
  try {
    return parse(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      maxAliasCount: MOST_ALIASES,
      logLevel: 'error',
    })
  } catch (error) {
    throw refused(`It is no YAML: ${said(error)}`)
  }
}

const said = (error: unknown): string => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))

const refused = (message: string, hint?: string): Problem =>
  new Problem('usage', { message: `The contract cannot be read: ${message}`, ...(hint !== undefined && { hint }) })
