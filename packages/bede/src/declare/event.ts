import type { Assigned } from '../model/expression.ts'
import type { AnyField, Inputs, Sent } from '../model/field.ts'
import { recordedOr } from './failed.ts'
import { fieldsOnly, type InputDeclarations } from './inputs.ts'
import { record } from './recording.ts'

declare const payload: unique symbol

/** Something that happened: it outlives a deploy, so its name is written down. */
export interface Event<P> {
  readonly [payload]: P
  readonly name: string
}

/** A payload in a compiled action. */
export type EventValues<P> = {
  readonly [N in keyof P]: P[N] extends AnyField ? Assigned<P[N]['family'], Sent<P[N]>> : never
}

export class EventDeclaration {
  readonly name: string
  readonly payload: InputDeclarations
  constructor(name: string, payload: InputDeclarations) {
    this.name = name
    this.payload = payload
  }
}

/** `event('article.published', { articleId: ref('article') })` */
export const event = <const P extends Inputs>(name: string, payload: P): Event<P> =>
  recordedOr(
    `event ${name}`,
    undefined,
    () =>
      new EventDeclaration(
        name,
        record(`event ${name}`, () => fieldsOnly('payload', payload)),
      ),
    () => new EventDeclaration(name, {}),
  ) as unknown as Event<P>
