import { bodyKind } from '../body-kind.ts'
import type { HttpBinding, InputField, Operation } from '../manifest.ts'
import { headerMistake } from './header.ts'
import { type Verifying, wrong } from './report.ts'
import { inputAt, own, unknown } from './scope.ts'

/** Paths at which the platform itself answers. */
const reserved = [/^\/openapi\.json$/, /^\/docs(\/|$)/, /^\/health(\/|$)/]

/** How operations are reached: every address once, every parameter bound to an input, every input reachable. */
export function verifyAddresses(verifying: Verifying): void {
  const taken = new Map<string, string>()
  for (const [name, operation] of Object.entries(verifying.manifest.operations)) {
    const { http } = operation
    if (!http) continue
    const address = `${http.method} ${http.path.replace(/:[^/]+/g, ':')}`
    const other = taken.get(address)
    if (other !== undefined)
      verifying.add(
        name,
        wrong(
          'duplicate-name',
          `${http.method} ${http.path} is the address of ${other} too`,
          'Change one of the paths.',
        ),
      )
    taken.set(address, name)
    verifyAddress(verifying, name, operation, http)
  }
}

function verifyAddress(verifying: Verifying, place: string, { input }: Operation, http: HttpBinding): void {
  const address = (text: string, hint?: string) => verifying.add(place, wrong('invalid-address', text, hint))
  if (!/^(?:\/(?::[A-Za-z_]\w*|[\w.~-]+))+$|^\/$/.test(http.path))
    address(`${http.path} is not a path`, 'Segments are words or :parameters: /articles/:slug.')
  if (reserved.some((pattern) => pattern.test(http.path))) {
    verifying.add(
      place,
      wrong('reserved-name', `${http.path} is where the platform itself answers`, 'Choose another path.'),
    )
  }
  if (http.body && http.method === 'GET') address('A GET has no body', 'Declare query parameters.')
  const named = [...http.path.matchAll(/:([^/]+)/g)].map((match) => match[1]!)
  if (new Set(named).size < named.length) address(`${http.path} names a parameter twice`)
  for (const name of named)
    if (!own(http.params, name)) address(`:${name} of the path goes nowhere`, `Declare an input for it.`)
  for (const [name, path] of Object.entries(http.params)) {
    if (!named.includes(name))
      verifying.add(place, unknown('invalid-address', `parameter in ${http.path}`, name, named))
    verifyTarget(verifying, place, path, input)
  }
  for (const header of Object.keys(http.headers ?? {})) {
    const bad = headerMistake(header)
    if (bad) verifying.add(place, bad)
  }
  for (const one of [http.query, http.headers ?? {}, http.cookies ?? {}])
    for (const path of Object.values(one)) verifyTarget(verifying, place, path, input)
  verifyForm(verifying, place, input, http)
  if (http.body && http.body.length > 0) verifyTarget(verifying, place, http.body, input)
  for (const path of unreachable(input, http, [])) {
    verifying.add(
      place,
      wrong(
        'invalid-address',
        `The input ${path.join('.')} is needed, and no part of the request brings it`,
        'Put it into the path, the query or the body.',
      ),
    )
  }
}

/** What a body of this media type can be. */
function verifyForm(verifying: Verifying, place: string, input: Operation['input'], http: HttpBinding): void {
  if (!http.accepts || !http.body) return
  const found = inputAt(input, http.body)
  if ('mistake' in found || http.body.length === 0) return
  const { fields, type } = found
  for (const media of http.accepts) {
    const kind = bodyKind(media)
    if ((kind === 'form' || kind === 'multipart') && !fields)
      verifying.add(place, wrong('invalid-address', `${media} has members`, 'Write body: { title: text() }.'))
    if (kind === 'text' && type.kind !== 'text')
      verifying.add(place, wrong('invalid-address', `${media} is read as text`, 'Write body: text({ max: 10_000 }).'))
  }
}

function verifyTarget(verifying: Verifying, place: string, path: readonly string[], input: Operation['input']): void {
  const found = inputAt(input, path)
  if ('mistake' in found) verifying.add(place, found)
}

/** Inputs that must be there, and that neither a parameter nor the body can bring. */
function unreachable(
  input: Operation['input'],
  http: HttpBinding,
  prefix: readonly string[],
): readonly (readonly string[])[] {
  const brought = [http.params, http.query, http.headers ?? {}, http.cookies ?? {}]
    .flatMap((bound) => Object.values(bound))
    .map((path) => path.join('\0'))
  const body = http.body?.join('\0')
  return Object.entries(input).flatMap(([name, field]: [string, InputField]) => {
    const path = [...prefix, name]
    const key = path.join('\0')
    if (brought.includes(key) || body === '' || body === key || field.optional || field.default !== undefined) return []
    const below = [...brought, body ?? ''].some((other) => other.startsWith(`${key}\0`))
    return field.fields && below ? unreachable(field.fields, http, path) : [path]
  })
}
