import { bring } from '../../../engine/files/bytes.ts'
import { internalCall } from '../../../engine/internal-call.ts'
import type { Json } from '../../../expr/value.ts'
import type { Backend } from '../../../identity/start.ts'
import { rowFileOperations } from '../../../manifest/files.ts'
import { madeUpFile } from '../inventory/made-up-file.ts'
import { hostileText, type Marks } from './marks.ts'
import { ownModels, type PlantedRow } from './planting.ts'

/** Milliseconds in which one small file is kept. */
const patience = 10_000

/**
 * Gives each row the files that its model has fields for, written by the system: in the bytes of each, behind what its
 * type asks for, and in its name stand marks.
 */
export async function plantFiles(backend: Backend, rows: readonly PlantedRow[], marks: Marks): Promise<void> {
  const { files, manifest, planner, connection, clock } = backend
  if (!files) return
  const having = new Map(ownModels(manifest))
  for (const { model, id } of rows) {
    const { fields = {}, id: key = '' } = having.get(model) ?? {}
    for (const [field, { file: rules }] of Object.entries(fields)) {
      const sent = rules && madeUpFile(field, rules)
      if (!rules || !sent) continue
      const mark = marks.next()
      const bytes = Buffer.concat([sent.bytes, Buffer.from(`${hostileText(mark)}\n`)])
      const named = { bytes: once(bytes), type: sent.type, name: `${mark}-${sent.name}` }
      const arrived = await bring(files.storage(), named, rules, AbortSignal.timeout(patience))
      const { file } = arrived
      const of = { model, field, rowId: id }
      // Nobody's: what one account may keep is left to who attacks.
      await files.records.add(
        connection,
        { ...file, of, ownerId: null, network: null, tenant: null },
        clock().toISOString(),
      )
      const { write } = rowFileOperations(manifest, { model, field })
      const row = fields[key]?.type.integer ? Number(id) : id
      if (write.write)
        await internalCall(planner, { kind: 'write', write: write.write }).run(connection, {
          id: row,
          file: { ...file } satisfies Readonly<Record<string, Json>>,
        })
      await arrived.kept()
      marks.put(mark, { model, field, row: id })
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
