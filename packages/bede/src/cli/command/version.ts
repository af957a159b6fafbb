import { readFileSync } from 'node:fs'

/** The version of this package, from its own package.json. */
export function version(): string {
  const file: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  const known = typeof file === 'object' && file !== null && 'version' in file && typeof file.version === 'string'
  return known ? String(file.version) : 'of unknown version'
}
