import { once } from 'node:events'
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import type { Base } from '../../engine/boot.ts'
import type { OperationCall } from '../../engine/call.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type ExportPosition, type ExportRequest, exportRows } from './export-rows.ts'
import { formatOf } from './format.ts'
import { exportedFields, modelNamed } from './model-columns.ts'
import { progressFile } from './progress-file.ts'

export interface ExportWords {
  readonly model: string
  readonly format: string | undefined
  readonly file: string | undefined
  readonly fields: string | undefined
  readonly actor: OperationCall['actor']
}

/** What to export, from the words of whoever asks. Throws a Problem `usage`. */
export function exportRequest(manifest: Manifest, words: ExportWords): ExportRequest {
  const of = modelNamed(manifest, words.model)
  return {
    of,
    format: formatOf(words.format, words.file),
    fields: exportedFields(of, words.fields),
    actor: words.actor,
  }
}

/** Writes the rows to a stream as fast as it takes them. Gives how many there were. */
export function exportToStream(base: Base, request: ExportRequest, stream: NodeJS.WritableStream): Promise<number> {
  return exportRows(base, base.connection, request, async ({ text }) => {
    if (!stream.write(text)) await once(stream, 'drain')
  })
}

interface Kept {
  readonly position: ExportPosition
  /** Bytes of the file up to there. */
  readonly bytes: number
}

/**
 * Writes the rows to a file of this name once all are there; until then to `<file>.partial`, with the position in
 * `<file>.progress`. Gives how many there were. Throws a Problem `cannot-write` where a run was begun and is not to go on.
 */
export async function exportToFile(
  base: Base,
  request: ExportRequest,
  { file, resume, report }: { readonly file: string; readonly resume: boolean; report(rows: number): void },
): Promise<number> {
  const partial = `${file}.partial`
  const { of, format, fields } = request
  const progress = progressFile<Kept>(`${file}.progress`, { model: of.name, format, fields: fields.join(',') })
  const begun = progress.read()
  if (begun && !resume) throw alreadyBegun(file)
  const after = begun && existsSync(partial) ? begun : undefined
  const descriptor = openSync(partial, after ? 'r+' : 'w', 0o600)
  try {
    let bytes = after?.bytes ?? 0
    ftruncateSync(descriptor, bytes)
    const rows = await exportRows(
      base,
      base.connection,
      { ...request, ...(after && { after: after.position }) },
      async ({ text, position }) => {
        bytes += writeSync(descriptor, text, bytes)
        if (!position) return
        fsyncSync(descriptor)
        progress.keep({ position, bytes })
        report(position.rows)
      },
    )
    fsyncSync(descriptor)
    renameSync(partial, file)
    progress.remove()
    return rows
  } finally {
    closeSync(descriptor)
  }
}

const alreadyBegun = (file: string): Problem =>
  new Problem('cannot-write', {
    message: `An export to ${file} was begun and not finished`,
    hint: `Go on with --resume, or remove ${file}.progress and ${file}.partial to begin again.`,
  })
