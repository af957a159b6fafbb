import { join, relative } from 'node:path'
import { multipartMedia } from '../../../manifest/body-kind.ts'
import type { Finding } from '../finding.ts'
import type { Entry } from '../inventory/inventory.ts'
import { type Draft, draft } from '../inventory/request.ts'
import { succeeded } from '../target/exchange.ts'
import { hole } from './found.ts'
import { callerOf, subjectOf } from './hostile-input.ts'
import { lureFile } from './lures.ts'
import type { Probe, Siege } from './probe.ts'

const takesFiles = (entries: readonly Entry[]): readonly Entry[] =>
  entries.filter(({ files }) => Object.keys(files).length > 0)

function requestOf(entry: Entry, { target, examples }: Siege): Draft | undefined {
  const example = examples[entry.name]
  const made = draft(entry, target.world, { about: subjectOf(entry, target), full: true, ...(example && { example }) })
  return made?.files && made.files.length > 0 ? made : undefined
}

/** The names of files are for people to read; what they are, their bytes say; where they are, nobody else does. */
export const uploads: Probe = {
  name: 'files are sent under names that lead out, as what they are not, and as JSON that pretends to be one',
  classes: [111, 112, 115],
  applies: (entries) => takesFiles(entries).length > 0 || 'no operation takes files',
  async run(siege) {
    const found: Finding[] = []
    const { target, lures } = siege
    const as = callerOf(target)
    for (const entry of takesFiles(target.entries)) {
      const request = requestOf(entry, siege)
      if (!request) continue
      const named = (name: string): Draft => ({
        ...request,
        files: (request.files ?? []).map((file) => ({ ...file, name })),
      })
      lures.traces()
      const out = `${'../'.repeat(16)}${relative('/', lures.folder)}/uploaded`
      for (const name of [out, join(lures.folder, 'uploaded'), out.replaceAll('/', '\\')]) {
        const exchange = await target.send(named(name), as)
        if (lures.traces().length > 0)
          found.push(
            hole(111, exchange, {
              says: 'A file is written outside of the app: the name that it was sent under leads there',
              hint: 'Store files under names of your own; the name of an upload is for people to read.',
            }),
          )
      }
      const markup = Buffer.from('<!doctype html><script>alert(1)</script>')
      const spoofed = { ...request, files: (request.files ?? []).map((file) => ({ ...file, bytes: markup })) }
      const exchange = await target.send(spoofed, as)
      const strict = Object.values(entry.files).every(({ types }) =>
        types.every((type) => type.startsWith('image/') || type === 'application/pdf'),
      )
      if (strict && succeeded(exchange))
        found.push(
          hole(115, exchange, {
            says: 'A page is taken where only other types are declared',
            hint: 'Let the bytes decide what a file is.',
          }),
        )
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
      for (const answer of [json, whole])
        if (
          answer.text.includes(lures.secret) ||
          (succeeded(answer) && !Object.values(entry.files).every(({ optional }) => optional))
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
