/** What has been opened so far, by how it is closed again. */
export class Opened {
  readonly #closes: (() => unknown)[] = []
  #closing: Promise<void> | undefined

  /** Notes how to close what has just been opened. */
  add(close: () => unknown): void {
    this.#closes.push(close)
  }

  /**
   * Closes all of it, the last first, one after the other: whatever fails of it, the rest is closed too. Then it rejects
   * with what failed first. Whoever asks again waits for the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    let failed: { readonly error: unknown } | undefined
    for (let close = this.#closes.pop(); close; close = this.#closes.pop()) {
      try {
        await close()
      } catch (error) {
        failed ??= { error }
      }
    }
    if (failed) throw failed.error
  }
}
