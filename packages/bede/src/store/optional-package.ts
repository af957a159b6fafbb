import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * The file that a package which not everybody needs begins with: from where Bede is installed, or else from the folder
 * of the project. Throws what Node says of the first place where it is in neither.
 */
export function resolveOptional(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch (error) {
    try {
      return createRequire(join(process.cwd(), 'package.json')).resolve(name)
    } catch {
      throw error
    }
  }
}
