import type { CompiledOperation } from '../../manifest/manifest.ts'
import type { Ran } from '../compiled.ts'
import type { Encryption } from './encryption.ts'

/** What a statement gave to whoever asked in this process, its encrypted values in clear. */
export function openedRan(ran: Ran, { answers, write }: CompiledOperation, encryption: Encryption | undefined): Ran {
  const open = write?.each || ran.body === null ? undefined : encryption?.opening(answers)
  return open && ran.body !== null ? { ...ran, body: open(ran.body) } : ran
}
