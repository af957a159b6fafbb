import type { Expr } from '../expr/expr.ts'
import type { Auth } from './action.ts'
import type { RecordedExclusive } from './exclusive.ts'
import type { Handler } from './handler.ts'
import type { InputDeclarations } from './inputs.ts'
import type { RecordedLimited } from './limits.ts'

/** What `action({ input, run })` recorded. */
export class HandlerDeclaration {
  readonly auth: Auth
  readonly input: InputDeclarations
  readonly output: InputDeclarations | undefined
  readonly allow: Expr | undefined
  readonly sensitive: boolean
  readonly summary: string | undefined
  readonly exclusive: RecordedExclusive | undefined
  readonly isolation: 'serializable' | undefined
  readonly scope: string | undefined
  readonly limited: RecordedLimited | undefined
  readonly handler: Handler
  constructor(parts: HandlerDeclaration) {
    this.auth = parts.auth
    this.input = parts.input
    this.output = parts.output
    this.allow = parts.allow
    this.sensitive = parts.sensitive
    this.summary = parts.summary
    this.exclusive = parts.exclusive
    this.isolation = parts.isolation
    this.scope = parts.scope
    this.limited = parts.limited
    this.handler = parts.handler
  }
}
