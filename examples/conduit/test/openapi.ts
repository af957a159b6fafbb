import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'

type Json = { readonly [member: string]: unknown }
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const text = readFileSync(new URL('../openapi.yml', import.meta.url), 'utf8')

/** The RealWorld contract, and nothing beside it: an object with a member that it does not name is a mistake. */
const contract = closed(parse(text))

function closed(value: unknown): Json {
  const close = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(close)
    if (!isObject(inner)) return inner
    const copy = Object.fromEntries(Object.entries(inner).map(([name, member]) => [name, close(member)]))
    return copy.type === 'object' && isObject(copy.properties) ? { ...copy, additionalProperties: false } : copy
  }
  const copy = close(value)
  if (!isObject(copy)) throw new TypeError('openapi.yml is not a document')
  return copy
}

const ajv = new Ajv2020({ allErrors: true, strict: false })
addFormats.default(ajv)
ajv.addSchema(contract, 'contract')

const at = (pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, part) => (isObject(value) ? value[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
      contract,
    )

/** Every operation of the contract: `GET /articles/{slug}`. */
export const operations: readonly { readonly name: string; readonly success: number; readonly secured: boolean }[] =
  Object.entries(isObject(contract.paths) ? contract.paths : {}).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).map(([method, operation]) => {
      const responses =
        isObject(operation) && isObject(operation.responses) ? Object.keys(operation.responses).map(Number) : []
      const secured = isObject(operation) && 'security' in operation
      return { name: `${method.toUpperCase()} ${path}`, success: Math.min(...responses), secured }
    }),
  )

/** What is wrong with an answer, by the contract; empty when nothing is. A refusal it does not list has the form of those it does. */
export function mistakes(operation: string, status: number, type: string | null, body: string): readonly string[] {
  const [method = '', path = ''] = operation.split(' ')
  const documented = at(`/paths/${path.replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${status}`)
  const reference = isObject(documented) && typeof documented.$ref === 'string' ? documented.$ref.slice(1) : undefined
  if (status < 400 && reference === undefined) return [`${operation} does not answer ${status}`]
  const schema =
    status >= 400 ? '/components/schemas/GenericErrorModel' : `${reference}/content/application~1json/schema`
  if (at(schema) === undefined) return body === '' ? [] : [`${operation} ${status} has no body`]
  if (type !== 'application/json; charset=utf-8' && type !== 'application/json') return [`the content type is ${type}`]
  const validate = ajv.getSchema(`contract#${schema}`)
  if (validate === undefined) throw new TypeError(`openapi.yml has no schema at ${schema}`)
  if (validate(JSON.parse(body))) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
}
