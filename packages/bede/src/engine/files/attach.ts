import type { FilePlace } from '../../manifest/files.ts'
import type { InvokeOperation } from '../../manifest/manifest.ts'
import type { Connection } from '../../store/driver.ts'
import type { Work } from '../work.ts'
import type { Arrived } from './bytes.ts'
import type { Files } from './files.ts'
import { committed, settled } from './outcome.ts'
import type { Keeper } from './records.ts'
import { scopeOf, writeFile } from './row-file.ts'
import type { Owner } from './row-files.ts'

interface Attaching {
  readonly arrived: Arrived
  readonly keeper: Keeper
  /** What else happens with it, or it does not. */
  first?(connection: Connection): Promise<void>
}

/**
 * Makes a file whose bytes are there the row's: the row and the file's record, in one transaction, with the rights of the
 * caller. What the row had before goes. The row's file, as text, as its own GET would tell of it. Throws the Problems of
 * an update; then nothing is left.
 */
export async function attach(
  work: Work<InvokeOperation>,
  files: Files,
  { model, field }: FilePlace,
  { arrived, keeper, first }: Attaching,
): Promise<string | null> {
  const { call, input, limit, now, place, runtime } = work
  const id = input.id ?? null
  const of: Owner = { model, field, rowId: String(id) }
  const { ownerId, network, tenant } = keeper
  const { before, said } = await committed(arrived.undo, () =>
    place.connection.transaction(
      async (connection) => {
        await first?.(connection)
        const was = await files.records.current(connection, of)
        await files.keep(connection, { ...arrived.file, of, ownerId, network, tenant }, now, limit)
        const scope = { ...scopeOf(work), place: { connection, inTransaction: true } }
        return { before: was, said: await writeFile(scope, of, id, arrived.file, call.ifMatch) }
      },
      { signal: limit },
    ),
  )
  await settled(runtime, files, arrived.kept, before)
  return said
}
