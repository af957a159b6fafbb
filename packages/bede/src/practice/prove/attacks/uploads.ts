import { join, relative } from 'node:path'
import { multipartMedia } from '../../../manifest/body-kind.ts'
import type { Finding } from '../finding.ts'
import { succeeded } from '../target/exchange.ts'
import { hole } from './found.ts'
import { lureFile } from './lures.ts'
import type { Probe } from './probe.ts'
import { named, sendings, takesFiles } from './sent-files.ts'

/** The names of files are for people to read; where they are, nobody else says; and nothing pretends to be one. */
export const uploads: Probe = {
  name: 'files are sent under names that lead out, and as JSON that pretends to be one',
  classes: [111, 112],
  applies: takesFiles,
  async run(siege) {
    const found: Finding[] = []
    const { target, lures } = siege
    for (const sending of sendings(siege)) {
      const { entry, request, as } = sending
      lures.traces()
      const out = `${'../'.repeat(16)}${relative('/', lures.folder)}/uploaded`
      for (const name of [out, join(lures.folder, 'uploaded'), out.replaceAll('/', '\\')]) {
        const exchange = await target.send(named(sending, name), as)
        if (lures.traces().length > 0)
          found.push(
            hole(111, exchange, {
              says: 'A file is written outside of the app: the name that it was sent under leads there',
              hint: 'Store files under names of your own; the name of an upload is for people to read.',
            }),
          )
      }
      // What is put in a row's place is its body, whatever it says.
      if (entry.file) continue
      const lure = join(lures.folder, lureFile)
      const pretended = { path: lure, filepath: lure, name: lure, size: 1, type: 'text/plain' }
      const { form: _, files: __, ...rest } = request
      const body = {
        ...Object(request.body),
        ...Object.fromEntries(Object.keys(entry.files).map((name) => [name, pretended])),
      }
      const json = await target.send({ ...rest, headers: { 'content-type': 'application/json' }, body }, as)
      const whole = await target.send(
        { ...rest, headers: { 'content-type': `${multipartMedia}; boundary=x` }, body },
        as,
      )
      const takesText = Object.values(entry.files).some(({ types }) => types.includes('application/json'))
      for (const answer of [json, whole])
        if (
          answer.text.includes(lures.secret) ||
          (succeeded(answer) && !takesText && !Object.values(entry.files).every(({ optional }) => optional))
        )
          found.push(
            hole(112, answer, {
              says: 'JSON is taken for a file that was sent',
              hint: 'Declare the files of a route, and read them from uploads.',
            }),
          )
    }
    return found
  },
}
