import type { InvokeOperation, Operation, UploadDefinition } from '../manifest/manifest.ts'
import { Problem, type ProblemDetail } from '../telemetry/problem.ts'
import { shownSize } from '../toolkit/size.ts'
import type { UploadedFile } from '../toolkit/uploaded.ts'
import { allowDetails } from './allowed.ts'
import { admit, authorize, checkProof } from './authorize.ts'
import type { OperationCall } from './call.ts'
import { pointerPart } from './input/plain.ts'
import { type Validator, validatorOf } from './input/validate.ts'
import type { Known } from './known.ts'
import type { Runtime } from './runtime.ts'

const heads = new WeakMap<Operation, Validator>()

/** The validator of what stands before the body. */
function headOf(operation: InvokeOperation): Validator {
  const known = heads.get(operation)
  if (known) return known
  const { body: _, ...input } = operation.input
  const made = validatorOf({ ...operation, input })
  heads.set(operation, made)
  return made
}

/**
 * The call with its body, which is read now. Whoever may not make the call, or makes it wrongly in what stands before the
 * body, is refused first, and nothing of the body is kept (class 19). Throws a Problem.
 */
export async function withBody(known: Known, call: OperationCall, runtime: Runtime): Promise<OperationCall> {
  const { operation } = known
  const { arriving, ...rest } = call
  if (!arriving || operation.kind !== 'invoke' || !operation.files) return rest
  const now = runtime.clock().toISOString()
  admit(operation, call.actor)
  checkProof(operation, call.actor, now)
  const head = headOf(operation)(call.input)
  authorize(operation, call.actor, head, now, () => allowDetails(known, call.actor, head, now, runtime))
  const { body, uploads } = await arriving()
  return { ...rest, input: body === undefined ? head : { ...head, body }, uploads }
}

const none: NonNullable<OperationCall['uploads']> = {}

/** The files of a call by name, as its handler gets them. */
export type Uploads = Readonly<Record<string, UploadedFile | readonly UploadedFile[] | null>>

/** The files of a call, which are what the operation declares; undefined: it takes none. Throws a Problem `invalid-input`. */
export function uploadsOf(operation: Operation, { uploads = none }: OperationCall): Uploads | undefined {
  const files = operation.kind === 'invoke' ? operation.files : undefined
  if (!files && uploads === none) return undefined
  const wrong = Object.keys(uploads).flatMap((name): ProblemDetail[] =>
    files && Object.hasOwn(files, name) ? [] : [mistake(name, 'No file has this name here')],
  )
  const found = Object.entries(files ?? {}).map(([name, definition]) => {
    const came = Object.hasOwn(uploads, name) ? (uploads[name] ?? []) : []
    const message = mistakeOf(came, definition)
    if (message !== undefined) wrong.push(mistake(name, message))
    return [name, definition.many === undefined ? (came[0] ?? null) : came] as const
  })
  if (wrong.length > 0) throw new Problem('invalid-input', { details: wrong })
  return files && Object.fromEntries(found)
}

const mistake = (name: string, message: string): ProblemDetail => ({
  place: `/files/${pointerPart(name)}`,
  code: 'invalid-input',
  message,
})

function mistakeOf(came: readonly UploadedFile[], { types, max, optional, many = 1 }: UploadDefinition) {
  if (came.length === 0) return optional ? undefined : 'The file is missing'
  if (came.length > many) return many === 1 ? 'There is more than one file' : `There are more than ${many} files`
  if (came.some(({ size }) => size > max)) return `A file may have at most ${shownSize(max)}`
  const anything = types.includes('application/octet-stream')
  return anything || came.every(({ type }) => types.includes(type))
    ? undefined
    : `A file is none of: ${types.join(', ')}`
}
