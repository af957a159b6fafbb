import type { IncomingMessage } from 'node:http'
import type { From } from '../../../engine/call.ts'
import type { Peers } from './peers.ts'

/** Where a request comes from, looked at when somebody asks: most calls are counted by who is signed in. */
export const fromOf = (peers: Peers, request: IncomingMessage): From => new Origin(peers, request)

class Origin implements From {
  standings?: NonNullable<From['standings']>
  readonly #peers: Peers
  readonly #request: IncomingMessage
  #address: string | undefined

  constructor(peers: Peers, request: IncomingMessage) {
    this.#peers = peers
    this.#request = request
  }

  get address(): string {
    this.#address ??= this.#peers.addressOf(this.#request)
    return this.#address
  }

  get named(): boolean {
    return this.#peers.isProxy(this.#request.socket.remoteAddress ?? '')
  }
}
