import { join, resolve } from 'node:path'
import { localFiles } from '../../adapters/files/local.ts'
import type { FileStorage } from '../../engine/files/storage.ts'
import type { FilesSettings } from '../settings/files.ts'

/** Beside the embedded database, where nobody has said another place. */
const usual = join('.bede', 'files')

/**
 * Where a project's files are kept. `embedded`: with the embedded database, which is on this machine as they may be.
 * Undefined: nobody has said where. Opens nothing until an app that keeps files asks.
 */
export async function openFiles(
  settings: FilesSettings | undefined,
  { folder, embedded }: { readonly folder: string; readonly embedded: boolean },
): Promise<FileStorage | undefined> {
  if (settings) return localFiles(resolve(settings.folder))
  return embedded ? localFiles(join(folder, usual)) : undefined
}
