import { checksumAlgorithms } from '../../engine/files/uploads/arriving.ts'
import { isUpload } from '../../manifest/exposed/uploads.ts'
import type { Manifest, Operation } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Exchange } from '../http/route.ts'

/** The version that is spoken, and no other. */
export const tusVersion = '1.0.0'
/** What each request says, and each answer. */
export const tusResumable = 'Tus-Resumable'

/** The part of tus 1.0.0 that is the same for every request of an upload. */
export interface Tus {
  /** Lines of every answer, refusals and that to `OPTIONS` too. */
  readonly says: Readonly<Record<string, string>>
  /** Refuses a client that speaks another version. Throws a Problem `unsupported-protocol`. */
  check(exchange: Exchange): void
}

/** Undefined: the operation is no step of an upload. */
export function tusOf({ models }: Manifest, operation: Operation): Tus | undefined {
  const access = operation.kind === 'invoke' ? operation.file : undefined
  if (!isUpload(access)) return undefined
  const max = models[access.model]?.fields[access.field]?.file?.max
  return {
    says: {
      [tusResumable]: tusVersion,
      'Tus-Version': tusVersion,
      'Tus-Extension': 'creation,termination,expiration,checksum',
      'Tus-Checksum-Algorithm': checksumAlgorithms.join(','),
      ...(max !== undefined && { 'Tus-Max-Size': String(max) }),
    },
    check({ request: { headers } }) {
      if (headers['tus-resumable'] !== tusVersion) throw new Problem('unsupported-protocol')
    },
  }
}
