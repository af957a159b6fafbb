const why: unique symbol = Symbol('bede.system')

/** Privilege as a visible value (law 2). It cannot be made from JSON. */
export interface SystemActor {
  readonly [why]: string
}

/** The rights of the system itself, with the reason, which is logged. */
export const system = (reason: string): SystemActor => Object.freeze({ [why]: reason })
export const isSystem = (actor: unknown): actor is SystemActor =>
  typeof actor === 'object' && actor !== null && why in actor
export const systemReason = (actor: SystemActor): string => actor[why]
