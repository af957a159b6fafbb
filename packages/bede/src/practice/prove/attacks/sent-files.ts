import type { UploadDefinition } from '../../../manifest/manifest.ts'
import type { Entry } from '../inventory/inventory.ts'
import type { SentFile } from '../inventory/made-up-file.ts'
import { type Draft, draft } from '../inventory/request.ts'
import type { Person } from '../world/person.ts'
import { callerOf, subjectOf } from './caller.ts'
import type { Siege } from './probe.ts'

/** An operation that takes files, with a request that could go well. */
export interface Sending {
  readonly entry: Entry
  readonly request: Draft
  readonly as: Person
}

export const takesFiles = (entries: readonly Entry[]): true | string =>
  entries.some(({ files }) => Object.keys(files).length > 0) || 'no operation takes files'

/** Every operation that takes files. */
export function sendings(siege: Siege): readonly Sending[] {
  const { target, examples } = siege
  return target.entries.flatMap((entry): Sending[] => {
    if (Object.keys(entry.files).length === 0) return []
    const example = examples[entry.name]
    const told = { about: subjectOf(entry, target), full: true, ...(example && { example }) }
    const request = draft(entry, target.world, told)
    return request?.files && request.files.length > 0 ? [{ entry, request, as: callerOf(target) }] : []
  })
}

/** Another file in the place of each: under the same name and said to be of the same type, unless it says otherwise. */
export const withFile = (
  { request, entry }: Pick<Sending, 'request' | 'entry'>,
  other: (file: SentFile, rules: UploadDefinition) => Partial<SentFile> | undefined,
): Draft => ({
  ...request,
  files: (request.files ?? []).map((file) => {
    const rules = entry.files[file.field]
    return { ...file, ...(rules && other(file, rules)) }
  }),
})

/** The same request with its files under another name, wherever such a request says it. */
export function named(sending: Sending, name: string): Draft {
  const draft = withFile(sending, () => ({ name }))
  if (!sending.entry.file) return draft
  const [path] = draft.target.split('?')
  return { ...draft, target: `${path}?name=${encodeURIComponent(name)}` }
}
