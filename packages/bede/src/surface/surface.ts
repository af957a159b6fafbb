import type { Engine } from '../engine/call.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { HttpServer } from './http/server.ts'

/** A way in. It turns what comes into operation calls and outcomes into what goes, and decides nothing (law 1). */
export interface Surface {
  readonly name: string
  mount(manifest: Manifest, engine: Engine, server: HttpServer): void
}
