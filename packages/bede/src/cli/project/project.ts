import type { App } from '../../declare/app.ts'
import { link } from '../../identity/link.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { findAppFile, loadAppFile } from './app-file.ts'

export interface Project {
  readonly folder: string
  /** The app file. */
  readonly path: string
  readonly app: App
  readonly manifest: Manifest
}

/**
 * Loads a project and links its declarations. Throws a Problem: `no-app`, `broken-module`, `not-an-app`, or
 * `invalid-declaration` with every mistake.
 */
export async function openProject(options: { readonly app?: string | undefined }, folder: string): Promise<Project> {
  const file = await loadAppFile(findAppFile(options.app, folder))
  if ('problem' in file) throw file.problem
  return { folder: file.folder, path: file.path, app: file.app, manifest: link(file.app).manifest }
}
