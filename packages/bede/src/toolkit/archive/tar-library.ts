import { loadOptional } from '../optional-package.ts'

export interface TarHeader {
  readonly name: string
  readonly type?: string | null
  readonly size?: number
  readonly mtime?: Date
  readonly mode?: number
}

/** What Bede uses of tar-stream's reader: bytes go in, entries come out one after the other. */
export interface TarExtract extends AsyncIterable<AsyncIterable<Uint8Array> & { readonly header: TarHeader }> {
  readonly destroyed: boolean
  write(chunk: Buffer): boolean
  end(): void
  destroy(error?: Error): void
  on(event: 'drain' | 'close', f: () => void): void
  off(event: 'drain' | 'close', f: () => void): void
}

/** And of its writer. */
export interface TarPack extends AsyncIterable<Uint8Array> {
  entry(
    header: TarHeader,
    done: (error?: Error | null) => void,
  ): { write(chunk: Buffer): boolean; end(): void; once(event: 'drain' | 'error', f: () => void): void }
  finalize(): void
  destroy(error?: Error): void
}

export interface Tar {
  extract(): TarExtract
  pack(): TarPack
}

/** Throws the Problem `invalid-setting` where the package tar-stream is not installed. */
export const loadTar = (): Promise<Tar> => loadOptional<Tar>('tar-stream', '3', 'A tar', ['extract', 'pack'])
