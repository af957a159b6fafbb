import type { Write } from '../manifest.ts'
import { checkExpr, checkValue, type Verifying, wrong } from './report.ts'
import { own, type Surroundings, unknown } from './scope.ts'
import { verifyLeaving } from './shape.ts'

/** What a write tells the world: the declared members of the event, complete, and no secret among them. */
export function verifyEvents(
  verifying: Verifying,
  place: string,
  emits: NonNullable<Write['emits']>,
  around: Surroundings,
): void {
  const { events } = verifying.manifest
  for (const { event: name, payload } of emits) {
    const at = `${place}.emits.${name}`
    const event = own(events, name)
    if (!event) {
      verifying.add(at, unknown('unknown-event', 'event', name, Object.keys(events)))
      continue
    }
    for (const [member, { type, nullable, optional }] of Object.entries(event.payload)) {
      const expr = own(payload, member)
      if (expr)
        checkValue(verifying, `${at}.${member}`, expr, { type, nullable: nullable || optional || false }, around)
      else if (!optional) verifying.add(`${at}.${member}`, wrong('incomplete-write', `The event has no ${member}`))
    }
    for (const [member, expr] of Object.entries(payload)) {
      const type = checkExpr(verifying, `${at}.${member}`, expr, around)?.type
      if (type) verifyLeaving(verifying, `${at}.${member}`, type)
      if (!own(event.payload, member)) {
        verifying.add(
          `${at}.${member}`,
          unknown('unknown-input', 'member of the event', member, Object.keys(event.payload)),
        )
      }
    }
  }
}
