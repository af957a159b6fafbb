import { braces, brackets, key, literal, prose } from '../takeover/source.ts'
import type { ResponseRead } from './answers.ts'
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
  const { success } = answers
  // A status without a body is one of the responses: by itself it would be 204. Of several, one is that of success.
  const isEmpty = success !== undefined && success.status !== 204 && !success.output && success.produces === undefined
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
    ...(isEmpty && answers.others.some(({ status }) => status < 300) ? [`status: ${success.status}`] : []),
    ...(success && !isEmpty ? [`status: ${success.status}`, ...answerSource(success, uses, '  ')] : []),
    ...responsesSource(isEmpty ? [success, ...answers.others] : answers.others, uses),
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

const answerSource = ({ output, produces }: ResponseRead, uses: Uses, indent: string): readonly string[] => [
  ...(output ? [`output: ${shapeSource(output, uses, indent)}`] : []),
  ...(produces === undefined ? [] : [`produces: ${literal(produces)}`]),
]

function responsesSource(responses: readonly ResponseRead[], uses: Uses): readonly string[] {
  if (responses.length === 0) return []
  const lines = responses.map((response) => {
    const about = prose(response.description ?? '').slice(0, 200)
    const members = [
      ...answerSource(response, uses, '    '),
      ...(about === '' ? [] : [`description: ${literal(about)}`]),
    ]
    return `    ${response.status}: ${braces(members, '    ')},`
  })
  return [`responses: {\n${lines.join('\n')}\n  }`]
}
