import { Readable } from 'node:stream'
import { type FileId, type FilesHand, OpenedFile, type PutOptions } from '../../declare/files.ts'
import { RecordedResource } from '../../declare/resource.ts'
import { type SystemActor, systemReason } from '../../declare/system.ts'
import type { FilePlace } from '../../manifest/files.ts'
import type { KeptFile } from '../../model/file.ts'
import { StoreError } from '../../store/driver.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { knownTypes } from '../../toolkit/content/sniff.ts'
import { bytesOf as sizeOf } from '../../toolkit/size.ts'
import { readSpan } from '../../toolkit/span.ts'
import { isSystem } from '../call.ts'
import type { DbScope } from '../handler/scope.ts'
import { type Arrived, bring, bytesOf } from './bytes.ts'
import type { Files } from './files.ts'
import { isRefusal, notSettled } from './outcome.ts'
import { isOf } from './records.ts'
import { keeperOf } from './room.ts'
import { readFile, writeFile } from './row-file.ts'
import type { Owner } from './row-files.ts'
import { signedUrl } from './signed.ts'

/** Seconds for which an address may be signed. */
const longestSigned = 7 * 86_400

/** What one call of a handler has done with files: settled when its transaction is. */
interface Doings {
  readonly arrived: Map<string, Arrived>
  readonly gone: Set<string>
}

/** The `files` of a handler. It costs nothing until it is used. */
export class HandlerFiles implements FilesHand {
  readonly #scope: DbScope
  #did: Doings | undefined

  constructor(scope: DbScope, doings?: Doings) {
    this.#scope = scope
    this.#did = doings
  }

  get #doings(): Doings {
    this.#did ??= { arrived: new Map(), gone: new Set() }
    return this.#did
  }

  async put(source: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<KeptFile> {
    const files = this.#files()
    const { work, place, actor } = this.#scope
    const { types, max, pixels, name, type } = options
    for (const one of types.filter((one) => !knownTypes.includes(one)))
      throw new Problem('invalid-declaration', { message: `The type ${one} cannot be told by the bytes of a file` })
    const bytes = source instanceof Uint8Array ? Readable.from([source]) : source
    const rules = { types, max: sizeOf(max, 'max'), ...(pixels !== undefined && { pixels }) }
    const content = { bytes, name, ...(type !== undefined && { type }) }
    const arrived = await bring(files.storage(), content, rules, work.limit.signal)
    this.#doings.arrived.set(arrived.file.id, arrived)
    try {
      const record = { ...arrived.file, of: null, ...keeperOf({ ...work.call, actor }, work.runtime) }
      await files.keep(place.connection, record, work.now, work.limit)
    } catch (error) {
      this.#doings.arrived.delete(arrived.file.id)
      if (isRefusal(error)) await arrived.undo()
      throw error
    }
    return arrived.file
  }

  async attach(to: unknown, id: string | number, field: string, { id: fileId }: FileId): Promise<void> {
    const files = this.#files()
    const { work, place } = this.#scope
    const model = to instanceof RecordedResource ? to.of.model : ''
    const rules = work.runtime.manifest.models[model]?.fields[field]?.file
    if (!rules) throw new Problem('unknown-model-field', { message: `${model} has no file '${field}'` })
    const { of, file } = await this.#reached(fileId)
    if (of) throw new Problem('conflict', { message: 'The file belongs to a row already' })
    const fits =
      (rules.types.includes(file.type) || rules.types.includes('application/octet-stream')) &&
      file.size <= rules.max &&
      (rules.pixels === undefined || (file.width ?? 0) * (file.height ?? 0) <= rules.pixels)
    if (!fits) throw new Problem('invalid-value', { message: `The file is none that ${model}.${field} may be` })
    const owner: Owner = { model, field, rowId: String(id) }
    const before = await files.records.current(place.connection, owner)
    if (!(await files.records.give(place.connection, fileId, owner))) throw notFound()
    await writeFile(this.#scope, owner, id, file)
    if (before !== undefined) this.#doings.gone.add(before)
  }

  async open({ id }: FileId): Promise<OpenedFile> {
    const { file } = await this.#reached(id)
    return new OpenedFile(file, await bytesOf(this.#files().storage(), file))
  }

  async signedUrl({ id }: FileId, options: { readonly for: string; readonly save?: true }): Promise<string> {
    const seconds = readSpan(options.for)
    if (seconds === undefined || seconds > longestSigned) {
      throw new Problem('invalid-declaration', {
        message: `An address is signed for ${JSON.stringify(options.for)}`,
        hint: "Write '10m', '12h' or '7d'; seven days at most.",
      })
    }
    await this.#reached(id)
    const { now, runtime } = this.#scope.work
    const until = Math.ceil(Date.parse(now) / 1000) + seconds
    return signedUrl(runtime.keys, { id, until, saved: options.save === true })
  }

  async remove({ id }: FileId): Promise<void> {
    const { of } = await this.#reached(id)
    if (of) await writeFile(this.#scope, of, this.#rowId(of), null)
    else await this.#files().records.forget(this.#scope.place.connection, id)
    this.#doings.gone.add(id)
  }

  as(actor: SystemActor): FilesHand {
    const { runtime, name } = this.#scope.work
    runtime.log.info('acted as the system', { operation: name, reason: systemReason(actor) })
    return new HandlerFiles({ ...this.#scope, actor }, this.#doings)
  }

  /** Its transaction is committed; or is a part of one that nobody knows the end of yet, and then the sweep settles it. */
  async committed(): Promise<void> {
    const { runtime } = this.#scope.work
    if (!this.#did || this.#scope.work.place.inTransaction) return
    for (const { kept } of this.#doings.arrived.values())
      await kept().catch((cause: unknown) => notSettled(runtime, cause))
    for (const id of this.#doings.gone)
      runtime.background('removing a file', () => this.#files().discard(runtime.connection, id))
  }

  /** Its transaction is undone. */
  async undone(error: unknown): Promise<void> {
    if (this.#did && (isRefusal(error) || !(isProblem(error) || error instanceof StoreError)))
      for (const { undo } of this.#doings.arrived.values()) await undo().catch(() => {})
  }

  #files(): Files {
    const { files } = this.#scope.work.runtime
    if (files) return files
    throw new Problem('invalid-declaration', {
      message: 'A handler uses files, and the app keeps none',
      hint: 'Write files: {} in app({ … }).',
    })
  }

  #rowId({ model, rowId }: Owner): string | number {
    const definition = this.#scope.work.runtime.manifest.models[model]
    return definition?.fields[definition.id]?.type.integer ? Number(rowId) : rowId
  }

  /** A file within the reach of the caller; who has its id alone has nothing, nor has its owner in another tenant. */
  async #reached(id: string): Promise<{ readonly of: Owner | null; readonly file: KeptFile }> {
    const { work, place, actor } = this.#scope
    const record = isUuid(id) ? await this.#files().records.find(place.connection, id) : undefined
    if (!record) throw notFound()
    if (record.of) {
      const field: FilePlace = record.of
      const held = await readFile(this.#scope, field, this.#rowId(record.of))
      if (held.id !== id) throw notFound()
    } else if (!isSystem(actor) && !this.#doings.arrived.has(id)) {
      const keeper = keeperOf(work.call, work.runtime)
      if (keeper.ownerId === null || !isOf(record, keeper)) throw notFound()
    }
    const { of, ownerId: _, network: __, tenant: ___, ...file } = record
    return { of, file }
  }
}

const isUuid = (id: unknown): boolean =>
  typeof id === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)

const notFound = (): Problem => new Problem('not-found', { message: 'There is no file here that you may see' })
