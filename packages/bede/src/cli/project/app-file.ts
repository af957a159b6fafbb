import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { App } from '../../declare/app.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { printable } from '../terminal/printable.ts'
import { failureDetails } from './failure.ts'
import { type Loading, loadModules } from './modules.ts'

/** What a project's app file is called, unless it is told otherwise. */
const APP_FILES = ['app.ts', 'app.js']

/** A project's app file and what came of loading it: the app, or why there is none. */
export type AppFile = {
  readonly path: string
  /** The project's folder: where the app file is. */
  readonly folder: string
  readonly loading: Loading
} & ({ readonly app: App } | { readonly problem: Problem })

/** Where the app file is. Throws a Problem `no-app`. */
export function findAppFile(named: string | undefined, folder: string): string {
  const paths = (named === undefined ? APP_FILES : [named]).map((name) => resolve(folder, name))
  const found = paths.find((path) => existsSync(path))
  if (found) return found
  throw new Problem('no-app', {
    message:
      named === undefined ? `There is no app.ts in ${printable(folder)}.` : `There is no file ${printable(named)}.`,
    hint: "Run the command in the project's folder, name the file with --app, or begin one: bede new <folder>",
  })
}

/** Loads an app file, anew at each call. What is wrong with it is in the answer, so that a watcher knows what to watch. */
export async function loadAppFile(path: string): Promise<AppFile> {
  const folder = dirname(path)
  const { exports, ...loading } = await loadModules(pathToFileURL(path))
  const file = { path, folder, loading }
  if (!exports) return { ...file, problem: notLoaded(loading.failures, folder) }
  const app = exports.default
  if (app instanceof App) return { ...file, app }
  const name = relative(folder, path)
  const message = app === undefined ? `${name} has no default export.` : `The default export of ${name} is no app.`
  return {
    ...file,
    problem: new Problem('not-an-app', { message, hint: 'End it with: export default app({ name, schema, use })' }),
  }
}

/** Mistakes that a declaration's own functions found are one kind of refusal, files that do not load another. */
function notLoaded(failures: readonly unknown[], folder: string): Problem {
  const details = failures.flatMap((error) => failureDetails(error, folder))
  const declared = failures.every((error) => isProblem(error))
  const count = details.length === 1 ? '1 mistake' : `${details.length} mistakes`
  return declared
    ? new Problem('invalid-declaration', { message: `The declaration has ${count}.`, details })
    : new Problem('broken-module', { message: `The project could not be loaded: ${count}.`, details })
}
