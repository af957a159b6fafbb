import { braces, brackets, key, literal, prose } from '../takeover/source.ts'
import type { MediaRead, ResponseRead } from './answers.ts'
import type { BodyRead } from './body.ts'
import { fieldSource, importsOf, membersSource, noUses, type Uses } from './field-source.ts'
import type { OperationRead, ParameterRead } from './operation.ts'
import type { Use } from './shape.ts'

/** Until somebody says how large a file may be. */
const FILE = "type: 'application/octet-stream', max: '10mb'"

/** `api/articles.ts`: the routes of one tag, whose handlers say that they are not written yet. */
export function routeFile(operations: readonly OperationRead[]): string {
  const uses = noUses()
  const routes = operations.map((operation) => routeSource(operation, uses))
  return [
    ...importsOf(uses, '../shapes/'),
    "import { route } from '../verbs.ts'",
    "import { notWritten } from './not-written.ts'",
    '',
    ...routes,
  ].join('\n')
}

function routeSource(operation: OperationRead, uses: Uses): string {
  const { name, method, path, summary, description, open, answers } = operation
  const about = prose(description ?? summary ?? '').slice(0, 400)
  const { success, others } = answers
  // What has no body, has lines or is said of several statuses is one of the responses. Of several, one is that of success.
  const isOwn =
    success !== undefined && success.media.length > 0 && success.lines.length === 0 && isNumber(success.status)
  const listed = success === undefined || isOwn || isNothing(success, others) ? others : [success, ...others]
  const fine = listed.filter(({ status }) => status.startsWith('2') && isNumber(status))
  const repeated = operation.query.filter((one) => one.repeated).map(({ name: one }) => literal(one))
  const typed = operation.params.filter(
    ({ shape }) => !(shape.kind === 'scalar' && shape.verb === 'text' && shape.options.length === 0),
  )
  const lines = [
    ...(open ? ["auth: 'optional'"] : []),
    ...(summary === undefined || prose(summary) === '' ? [] : [`summary: ${literal(prose(summary).slice(0, 200))}`]),
    ...part('params', typed, uses),
    ...part('query', operation.query, uses),
    ...(repeated.length > 0 ? [`repeated: ${brackets(repeated, '  ')}`] : []),
    ...part('headers', operation.headers, uses),
    ...part('cookies', operation.cookies, uses),
    ...(operation.body ? bodySource(operation.body, uses) : []),
    ...(success && isOwn ? [`status: ${success.status}`, ...answerSource(success.media, uses, '  ')] : []),
    ...(success && !isOwn && fine.length > 1 ? [`status: ${success.status}`] : []),
    ...responsesSource(listed, uses),
    `run: () => notWritten(${literal(`${method} ${path}`)})`,
  ]
  return [
    ...(about === '' ? [] : [`/** ${about} */`]),
    `export const ${name} = route(${literal(`${method} ${path}`)}, {`,
    ...lines.map((line) => `  ${line},`),
    '})',
    '',
  ].join('\n')
}

function part(name: string, parameters: readonly ParameterRead[], uses: Uses): readonly string[] {
  if (parameters.length === 0) return []
  const members = parameters.map((one) => `    ${key(one.name)}: ${fieldSource(one, one.optional, uses, '    ')},`)
  return [`${name}: {\n${members.join('\n')}\n  }`]
}

/** The members of an object, or one field. */
function shapeSource(use: Use, uses: Uses, indent: string): string {
  if (use.nullable) return fieldSource(use, false, uses, indent)
  if (use.shape.kind === 'object') return membersSource(use.shape.members, uses, indent)
  if (use.shape.kind === 'named') {
    uses.shapes.add(use.shape.shape)
    return use.shape.shape.name
  }
  return fieldSource({ shape: use.shape, nullable: false }, false, uses, indent)
}

function bodySource({ use, accepts, files }: BodyRead, uses: Uses): readonly string[] {
  const written = files.map(
    ({ name, many, optional }) =>
      `${key(name)}: { ${[FILE, ...(many ? ['many: 10'] : []), ...(optional ? ['optional: true'] : [])].join(', ')} }`,
  )
  return [
    ...(use ? [`body: ${shapeSource(use, uses, '  ')}`] : []),
    ...(accepts.length > 0
      ? [`accepts: ${accepts.length === 1 ? literal(accepts[0] ?? '') : brackets(accepts.map(literal), '  ')}`]
      : []),
    ...(files.length > 0 ? [`files: ${braces(written, '  ')}`] : []),
  ]
}

const isNumber = (status: string): boolean => /^\d+$/.test(status)

/** What a route answers that says nothing. */
const isNothing = ({ status, lines, description }: ResponseRead, others: readonly ResponseRead[]): boolean =>
  status === '204' && lines.length === 0 && description === undefined && others.length === 0

function answerSource(media: readonly MediaRead[], uses: Uses, indent: string): readonly string[] {
  const [first, ...more] = media
  if (first === undefined) return []
  const also = more.map(({ media: name, output }) => {
    const shape = output ? [`output: ${shapeSource(output, uses, `${indent}    `)}`] : []
    return `${key(name)}: ${braces(shape, `${indent}  `)}`
  })
  return [
    ...(first.output ? [`output: ${shapeSource(first.output, uses, indent)}`] : []),
    ...(first.output && first.media === 'application/json' ? [] : [`produces: ${literal(first.media)}`]),
    ...(also.length > 0 ? [`also: ${braces(also, indent)}`] : []),
  ]
}

function responsesSource(responses: readonly ResponseRead[], uses: Uses): readonly string[] {
  if (responses.length === 0) return []
  const lines = responses.map((response) => {
    const about = prose(response.description ?? '').slice(0, 200)
    const headers = response.lines.map((one) => `${key(one.name)}: ${fieldSource(one, one.optional, uses, '        ')}`)
    const members = [
      ...answerSource(response.media, uses, '      '),
      ...(headers.length > 0 ? [`headers: ${braces(headers, '      ')}`] : []),
      ...(about === '' ? [] : [`description: ${literal(about)}`]),
    ]
    return `    ${isNumber(response.status) ? response.status : key(response.status)}: ${braces(members, '    ')},`
  })
  return [`responses: {\n${lines.join('\n')}\n  }`]
}
