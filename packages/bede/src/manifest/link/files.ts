import type { FilesDeclaration, Room } from '../../declare/files.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { FieldDeclaration } from '../../model/field.ts'
import { isProblem } from '../../telemetry/problem.ts'
import type { FileRules } from '../../toolkit/content/admit.ts'
import { bitmapTypes } from '../../toolkit/content/dimensions.ts'
import { bytesOf } from '../../toolkit/size.ts'
import { readSpan } from '../../toolkit/span.ts'
import type { FilesDefinition, RoomDefinition } from '../kept-files.ts'
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
  if (declared === undefined && !some) return undefined
  const { each = {}, anonymous = {}, uploads = {} } = declared ?? {}
  return {
    ...linkRoom(each, 'files.each', mistakes),
    anonymous: { ...ofStrangers, ...linkRoom(anonymous, 'files.anonymous', mistakes) },
    uploads: {
      ...begun,
      ...linkRoom(uploads.each ?? {}, 'files.uploads.each', mistakes),
      for: linkSpan(uploads.for ?? usualSpan, 'files.uploads.for', mistakes),
    },
  }
}

/** Where nothing is said: what many people behind one address need, and no more than a disk has room for many times. */
const ofStrangers: RoomDefinition = { count: 1_000, bytes: 1024 ** 3 }
/** A page that sends several files sends a few of them at once, and what it has lost is gone tomorrow. */
const begun: RoomDefinition = { count: 20 }
const usualSpan = '1d'
/** Seconds: what is kept for longer without being of use is a store of its own. */
const longestSpan = 30 * 86_400

function linkRoom({ count, bytes }: Room, place: string, mistakes: Mistakes): RoomDefinition {
  if (count !== undefined && !(Number.isSafeInteger(count) && count > 0))
    mistakes.add(`${place}.count`, 'invalid-limit', `${count} is no number of files`, 'Write a whole number from 1 on.')
  return {
    ...(count !== undefined && { count }),
    ...(bytes !== undefined && { bytes: sizeOf(bytes, `${place}.bytes`, mistakes) }),
  }
}

function linkSpan(span: string, place: string, mistakes: Mistakes): number {
  const seconds = readSpan(String(span))
  if (seconds !== undefined && seconds <= longestSpan) return seconds
  mistakes.add(
    place,
    'invalid-limit',
    `An upload may take ${JSON.stringify(span)}`,
    "Write '12h' or '7d'; 30 days at most.",
  )
  return 1
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
