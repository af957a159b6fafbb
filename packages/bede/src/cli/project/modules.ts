import { existsSync, readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The query that tells one loading of the project's modules from the next: Node keeps every module it has loaded. */
const QUERY = 'bede-load'

/** One loading of the project's own modules. Everything below node_modules, and Bede itself, is loaded once and kept. */
export interface Loading {
  /** Files of the project that were loaded, by path, with the text that was loaded. */
  readonly files: Map<string, string>
  /** What kept a file from being loaded. Node would stop at the first; this goes on, to find them all. */
  readonly failures: unknown[]
  /** Folders in which a file was looked for and not found. */
  readonly missing: Set<string>
}

let current: Loading | undefined
let count = 0
let hooked = false

/** Imports `file` and all that it imports, anew at each call, and reports what was loaded and what could not be. */
export async function loadModules(file: URL): Promise<Loading & { readonly exports?: Record<string, unknown> }> {
  if (!hooked) hook()
  hooked = true
  const loading: Loading = { files: new Map(), failures: [], missing: new Set() }
  current = loading
  count++
  try {
    const exports: Record<string, unknown> = await import(file.href)
    return loading.failures.length > 0 ? loading : { ...loading, exports }
  } catch (error) {
    // What follows from a file that could not be read (`does not provide an export named`) is not a second mistake.
    if (loading.failures.length === 0) loading.failures.push(...(await evaluationFailures(loading.files.keys(), error)))
    return loading
  } finally {
    current = undefined
  }
}

/** Running the modules stops at the first that throws. The others are run as well, for the mistakes of their own. */
async function evaluationFailures(files: Iterable<string>, first: unknown): Promise<ReadonlySet<unknown>> {
  const found = new Map([[mistakeOf(first), first]])
  for (const path of files) {
    // A module that imports one that has thrown fails with that very error.
    await import(versioned(pathToFileURL(path).href, String(count))).catch((error: unknown) => {
      if (!found.has(mistakeOf(error))) found.set(mistakeOf(error), error)
    })
  }
  return new Set(found.values())
}

/** What cannot be linked fails anew with each module that leads to it: the line and what is wrong with it tell it again. */
const mistakeOf = (error: unknown): unknown =>
  error instanceof SyntaxError ? error.stack?.split('\n    at ')[0] : error

const here = fileURLToPath(import.meta.url)
const built = here.endsWith('.js')
const bede = new URL(built ? '../../index.js' : '../../index.ts', import.meta.url).href
const bedeFolder = new URL('../../', import.meta.url).href

function hook() {
  registerHooks({
    resolve(specifier, context, next) {
      const from = context.parentURL
      const ours = from === undefined || !isProjectModule(from)
      // The project must get the very modules that this process runs: a second copy would not know the first one's values.
      if (!ours && specifier === 'bede')
        return { url: bede, format: built ? 'module' : 'module-typescript', shortCircuit: true }
      try {
        const found = next(specifier, context)
        const loadable = isProjectModule(found.url) && !context.conditions.includes('require')
        const version = (from && new URL(from).searchParams.get(QUERY)) ?? (current && String(count))
        return version && loadable ? { ...found, url: versioned(found.url, version) } : found
      } catch (error) {
        if (!current || ours) throw error
        current.failures.push(error)
        if (from && /^\.{0,2}\//.test(specifier)) current.missing.add(dirname(fileURLToPath(new URL(specifier, from))))
        return { url: 'data:text/javascript,', format: 'module', shortCircuit: true }
      }
    },
    load(url, context, next) {
      if (!current || !isProjectModule(url)) return next(url, context)
      const path = fileURLToPath(url)
      // Read before it is loaded: a file that is saved in between is then loaded once too often, not once too seldom.
      current.files.set(path, existsSync(path) ? readFileSync(path, 'utf8') : '')
      try {
        const module = next(url, context)
        if (module.format !== 'module-typescript' || !module.source) return module
        // Node would take the types out later, where the first mistake ends the loading of all modules.
        const source = stripTypeScriptTypes(textOf(module.source), { sourceUrl: url })
        return { ...module, format: 'module', source }
      } catch (error) {
        current.failures.push(error)
        return { format: 'module', source: '', shortCircuit: true }
      }
    },
  })
}

const textOf = (source: string | ArrayBuffer | NodeJS.TypedArray): string =>
  typeof source === 'string' ? source : new TextDecoder().decode(source)

/** A module that is imported later, by a handler at work, belongs to the loading of the module that imports it. */
function versioned(url: string, version: string): string {
  const address = new URL(url)
  address.searchParams.set(QUERY, version)
  return address.href
}

const isProjectModule = (url: string): boolean =>
  url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(bedeFolder)

/** Text with places in it, such as a stack trace, without the query that marks the loading. */
export const withoutQuery = (text: string): string => text.replace(new RegExp(`\\?${QUERY}=\\d+`, 'g'), '')
