import type { Manifest } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { FileStorage } from './storage.ts'

/** `elsewhere`: other processes keep the files. */
export type FilePlace = FileStorage | 'elsewhere'

/**
 * Opens the place for files where the app keeps any; undefined: this process has none. Throws a Problem
 * `invalid-setting` where in production nobody has said where.
 */
export async function openPlace(
  { files }: Manifest,
  place: FilePlace | (() => Promise<FilePlace | undefined>) | undefined,
  mode: 'development' | 'production',
): Promise<FileStorage | undefined> {
  if (files === undefined) return undefined
  const opened = typeof place === 'function' ? await place() : place
  if (opened === undefined && mode === 'production') {
    throw new Problem('invalid-setting', {
      message: 'The app keeps files, and there is no place for them.',
      hint: 'Set BEDE_FILES to a folder that outlives a deployment, as in BEDE_FILES=/var/lib/app/files, or to a bucket, as in BEDE_FILES=s3://bucket?region=eu-central-1.',
    })
  }
  return opened === 'elsewhere' ? undefined : opened
}
