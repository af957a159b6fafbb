import type { RecordedWrite } from '../../declare/write.ts'
import type { Write } from '../manifest.ts'

/** A recorded change as the manifest has it: events by name, nothing empty. */
export const linkWrite = (write: RecordedWrite): Write => {
  const emits =
    write.emits.length === 0 ? {} : { emits: write.emits.map(({ event, payload }) => ({ event: event.name, payload })) }
  switch (write.kind) {
    case 'create': {
      const { kind, model, values, children, exists } = write
      const some = Object.keys(children).length === 0 ? {} : { children }
      return { kind, model, values, ...some, ...(exists && { exists }), ...emits }
    }
    case 'update': {
      const { kind, model, target, where, set } = write
      return { kind, model, target, ...(where && { where }), set, ...emits }
    }
    case 'delete': {
      const { kind, model, target, where, absent } = write
      return { kind, model, target, ...(where && { where }), ...(absent && { absent }), ...emits }
    }
  }
}
