import type { FilesDeclaration } from '../../declare/files.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { FieldDeclaration } from '../../model/field.ts'
import { isProblem } from '../../telemetry/problem.ts'
import type { FileRules } from '../../toolkit/content/admit.ts'
import { bitmapTypes } from '../../toolkit/content/dimensions.ts'
import { bytesOf } from '../../toolkit/size.ts'
import type { FilesDefinition } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'

/** Dots of an image where nothing is said: more than cameras make, and 200 MB when it is decoded. */
const usualPixels = 50_000_000

/** What a field's file may be. */
export function linkFileRules(
  declared: NonNullable<FieldDeclaration['file']>,
  place: string,
  mistakes: Mistakes,
): FileRules {
  const { types, max, pixels } = declared
  const list = Array.isArray(types) ? types.map((type) => String(type).toLowerCase()) : []
  const images = list.some((type) => bitmapTypes.includes(type))
  return {
    types: list,
    max: sizeOf(max, place, mistakes),
    ...(pixels !== undefined ? { pixels } : images && { pixels: usualPixels }),
  }
}

/** Undefined: no files are kept. */
export function linkFiles(
  declared: FilesDeclaration | undefined,
  models: Readonly<Record<string, ModelDefinition>>,
  mistakes: Mistakes,
): FilesDefinition | undefined {
  const some = Object.values(models).some(({ fields }) => Object.values(fields).some(isFile))
  if (declared === undefined) return some ? {} : undefined
  const { count, bytes } = declared.each ?? {}
  return {
    ...(count !== undefined && { count }),
    ...(bytes !== undefined && { bytes: sizeOf(bytes, 'files.each.bytes', mistakes) }),
  }
}

export const isFile = ({ file }: FieldDefinition): boolean => file !== undefined

function sizeOf(size: unknown, place: string, mistakes: Mistakes): number {
  try {
    return bytesOf(size, place)
  } catch (error) {
    if (!isProblem(error)) throw error
    mistakes.add(place, 'invalid-declaration', error.message, error.hint)
    return 1
  }
}
