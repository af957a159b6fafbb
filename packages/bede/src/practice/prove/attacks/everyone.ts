import { tellingSubjects } from '../inventory/about.ts'
import { draft } from '../inventory/request.ts'
import { foreignOrigin } from '../watches/answers.ts'
import type { Probe } from './probe.ts'

/**
 * Everybody calls every operation with everybody's ids: the watches see who was shown what, and who has changed what.
 * What finds rows in a handler is sent as it is there, and as something new.
 */
export const everyone: Probe = {
  name: 'everybody calls every operation, with their own ids and with those of others',
  classes: [13, 15, 18, 29, 30],
  applies: () => true,
  async run({ target, examples }) {
    for (const entry of target.entries) {
      for (const as of target.world.people) {
        for (const about of tellingSubjects(entry, target, as)) {
          const example = examples[entry.name]
          for (const values of entry.operation.kind === 'invoke' && !entry.file
            ? (['existing', 'fresh'] as const)
            : (['existing'] as const)) {
            const request = draft(entry, target.world, { about, values, full: true, ...(example && { example }) })
            if (!request) continue
            const headers = entry.http.method === 'GET' ? { origin: foreignOrigin } : {}
            await target.send({ ...request, headers: { ...request.headers, ...headers } }, as)
          }
        }
      }
    }
    return []
  },
}
