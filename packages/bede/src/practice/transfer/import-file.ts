import { createHash, randomBytes } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import type { Base } from '../../engine/boot.ts'
import type { OperationCall } from '../../engine/call.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { formatOf, type TransferFormat } from './format.ts'
import { type Existing, importKey } from './import-operation.ts'
import { type ImportCount, type ImportRequest, importRows } from './import-rows.ts'
import { columnsOf, modelNamed } from './model-columns.ts'
import { progressFile } from './progress-file.ts'
import { readRows } from './read-rows.ts'

export interface ImportWords {
  readonly model: string
  readonly format: string | undefined
  readonly file: string
  readonly existing: string | undefined
  readonly key: string | undefined
  readonly actor: OperationCall['actor']
}

export type ImportAsked = Omit<ImportRequest, 'run' | 'from'> & { readonly format: TransferFormat }

const choices: ReadonlySet<string> = new Set<Existing>(['refuse', 'keep', 'update'])
const isExisting = (word: string): word is Existing => choices.has(word)

/** What to import, from the words of whoever asks. Throws a Problem `usage`. */
export function importRequest(manifest: Manifest, words: ImportWords): ImportAsked {
  const of = modelNamed(manifest, words.model)
  const existing = words.existing ?? 'refuse'
  if (!isExisting(existing))
    throw new Problem('usage', {
      message: `There is no way '${existing}' to treat rows that exist`,
      hint: 'Say --existing refuse, --existing keep or --existing update.',
    })
  return {
    of,
    existing,
    key: importKey(of, words.key),
    actor: words.actor,
    format: formatOf(words.format, words.file),
  }
}

interface Kept {
  readonly run: ImportRequest['run']
  readonly count: ImportCount
  /** Bytes of the report of refused rows up to there. */
  readonly bytes: number
}

export interface ImportFiles {
  readonly file: string
  /** Where refused rows are reported, an object per line. */
  readonly refused: string
  readonly resume: boolean
  report(count: ImportCount): void
}

/**
 * Imports a file. How far it has come is kept in `<file>.progress` until it is done. Throws a Problem `cannot-write`
 * where a run was begun and is not to go on, and `invalid-file` where the file cannot be read on; what was stored stays.
 */
export async function importFile(base: Base, asked: ImportAsked, files: ImportFiles): Promise<ImportCount> {
  const { of, format, existing, key } = asked
  const about = { model: of.name, format, existing, key: key.join(','), file: fingerprint(files.file) }
  const progress = progressFile<Kept>(`${files.file}.progress`, about)
  const begun = progress.read()
  if (begun && !files.resume) throw alreadyBegun(files.file)
  if (begun && !repeatable(asked)) throw notRepeatable(asked)
  const run = begun?.run ?? { seed: randomBytes(16).toString('hex'), begun: Date.now() }
  const descriptor = openSync(files.refused, begun ? 'r+' : 'w', 0o600)
  try {
    let bytes = begun?.bytes ?? 0
    ftruncateSync(descriptor, bytes)
    const none: ImportCount = { rows: 0, stored: 0, refused: 0 }
    if (!begun) progress.keep({ run, count: none, bytes })
    const chunks = createReadStream(files.file, 'utf8')
    const count = await importRows(
      base,
      base.connection,
      { ...asked, run, ...(begun && { from: begun.count }) },
      readRows(chunks, format, columnsOf(of.model)),
      async (count, refused) => {
        bytes += writeSync(descriptor, refused.map((row) => `${JSON.stringify(row)}\n`).join(''), bytes)
        fsyncSync(descriptor)
        progress.keep({ run, count, bytes })
        files.report(count)
      },
    )
    progress.remove()
    return count
  } finally {
    closeSync(descriptor)
  }
}

/** Whether a row that is sent again is known to be the same. */
const repeatable = ({ of: { model }, existing }: ImportAsked): boolean =>
  existing !== 'refuse' || model.fields[model.id]?.type.integer !== true

const notRepeatable = ({ of }: ImportAsked): Problem =>
  new Problem('usage', {
    message: `The database numbers the rows of ${of.name}, so the last rows before the cut could come in twice`,
    hint: 'Import with --existing keep or update, and with the id or a unique field in the file.',
  })

/** Tells one file from another without reading all of it: its length, and what it begins with. */
function fingerprint(file: string): string {
  const { size } = statSync(file)
  const start = Buffer.alloc(Math.min(size, 65_536))
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, start)
  } finally {
    closeSync(descriptor)
  }
  return `${size}:${createHash('sha256').update(start).digest('hex')}`
}

const alreadyBegun = (file: string): Problem =>
  new Problem('cannot-write', {
    message: `An import of ${file} was begun and not finished`,
    hint: `Go on with --resume, or remove ${file}.progress to begin again.`,
  })
