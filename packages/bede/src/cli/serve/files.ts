import { join, resolve } from 'node:path'
import { localFiles } from '../../adapters/files/local.ts'
import type { FileStorage } from '../../engine/files/storage.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { FilesSettings } from '../settings/files.ts'

/** Beside the embedded database, where nobody has said another place. */
const usual = join('.bede', 'files')

interface Around {
  /** The project's. */
  readonly folder: string
  /** With the embedded database, which is on this machine as they may be. */
  readonly embedded: boolean
  readonly log?: Logger
}

/** Where a project's files are kept. Undefined: nobody has said where. Opens nothing until an app that keeps files asks. */
export async function openFiles(
  settings: FilesSettings | undefined,
  { folder, embedded, log }: Around,
): Promise<FileStorage | undefined> {
  if (settings && 's3' in settings) {
    const { s3Files } = await import('../../adapters/files/s3.ts')
    return s3Files(settings.s3, log ? { log } : {})
  }
  if (settings) return localFiles(resolve(settings.folder))
  return embedded ? localFiles(join(folder, usual)) : undefined
}
