/** Tells whoever does something that nobody waits for it any more: an AbortSignal, or as much of one as is listened to. */
export interface StopSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once: true }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/**
 * A signal that is there for each request and is hardly ever given: an AbortController and three listeners cost five
 * times as much. Listeners hear it once, in their order. What wants an AbortSignal gets one that is made for it.
 */
export class Stop implements StopSignal {
  aborted = false
  reason: unknown = undefined
  #listeners: (() => void)[] | undefined
  #controller: AbortController | undefined

  /** Gives the signal, once; later reasons are not heard. */
  abort(reason?: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.#controller?.abort(reason)
    const listeners = this.#listeners
    this.#listeners = undefined
    if (listeners) for (const listener of listeners) listener()
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.aborted) return
    if (this.#listeners) this.#listeners.push(listener)
    else this.#listeners = [listener]
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners?.lastIndexOf(listener) ?? -1
    if (at >= 0) this.#listeners?.splice(at, 1)
  }

  /** The same as an AbortSignal, for code that is not ours. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.aborted) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }
}
