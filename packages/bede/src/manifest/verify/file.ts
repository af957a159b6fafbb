import { isDeepStrictEqual } from 'node:util'
import type { ModelDefinition } from '../../model/definition.ts'
import { keptFileSchema } from '../../model/file.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { bitmapTypes } from '../../toolkit/content/dimensions.ts'
import { knownTypes } from '../../toolkit/content/sniff.ts'
import { uploadInputs } from '../exposed/uploads.ts'
import type { InvokeOperation } from '../manifest.ts'
import { type Verifying, wrong } from './report.ts'
import { own } from './scope.ts'

/** Fields that are files: of types that their bytes tell, in a column that nobody else writes. */
export function verifyFiles(verifying: Verifying, name: string, { fields }: ModelDefinition): void {
  for (const [field, { type, file, managed, optional, default: value }] of Object.entries(fields)) {
    if (!file) continue
    const add = (text: string, hint?: string) =>
      verifying.add(`${name}.${field}`, wrong('invalid-declaration', text, hint))
    if (verifying.manifest.files === undefined || !managed || !optional || value !== undefined || !isKept(type))
      add(`${name}.${field} is not as this version keeps a file`, 'Make the manifest again.')
    if (file.types.length === 0) add('A file is of some type', "Write types: ['image/png', 'image/jpeg'].")
    for (const one of file.types.filter((type) => !knownTypes.includes(type))) {
      const meant = nearest(one, knownTypes)
      add(
        `The type ${one} cannot be told by the bytes of a file`,
        meant === undefined
          ? "Write 'application/octet-stream' for files of any type."
          : `Perhaps you meant '${meant}'.`,
      )
    }
    if (file.pixels !== undefined && !file.types.some((type) => bitmapTypes.includes(type)))
      add('There are no pixels to limit: none of its types is an image made of them', 'Take pixels out.')
  }
}

const isKept = (type: unknown): boolean => isDeepStrictEqual(type, { kind: 'json', schema: keptFileSchema })

const inputs = { get: ['id'], put: ['id', 'name'], delete: ['id'], signed: ['token'], ...uploadInputs }

/** What is done with a file is done with one that is there, in the way that Bede does it. */
export function verifyFileAccess(verifying: Verifying, name: string, { file, input, allow }: InvokeOperation): void {
  if (!file) return
  const add = (text: string) => verifying.add(name, wrong('invalid-declaration', text, 'Make the manifest again.'))
  if (verifying.manifest.files === undefined) add('It is about a file, and there are none')
  if (Object.keys(input).join() !== inputs[file.does].join() || allow) add('It is not as this version reaches a file')
  if (file.does === 'signed') return
  const model = own(verifying.manifest.models, file.model)
  if (!own(model?.fields ?? {}, file.field)?.file) add(`${file.model}.${file.field} is not a file`)
}
