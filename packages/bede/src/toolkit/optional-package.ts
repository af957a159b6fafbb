import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Problem } from '../telemetry/problem.ts'

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

/**
 * What such a package exports, with the members named in `members`. Throws the Problem `invalid-setting`, which says
 * what to install, where it cannot be loaded: `what` it is for begins the sentence.
 */
export async function loadOptional<T>(
  name: string,
  major: string,
  what: string,
  members: readonly (keyof T & string)[],
): Promise<T> {
  try {
    const loaded: unknown = await import(pathToFileURL(resolveOptional(name)).href)
    // Of a CommonJS module Node names some exports, and `default` has all.
    const all: unknown = Reflect.get(Object(loaded), 'default') ?? loaded
    for (const member of members)
      if (typeof Reflect.get(Object(all), member) !== 'function') throw new TypeError(`${name} has no export ${member}`)
    return all as T // checked by what it is used for: it is another package's
  } catch (cause) {
    throw new Problem('invalid-setting', {
      message: `${what} needs the package ${name}, which cannot be loaded.`,
      hint: `Run npm install ${name}@${major} in the project.`,
      cause,
    })
  }
}
