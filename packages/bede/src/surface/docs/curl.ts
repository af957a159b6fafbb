import type { OpenApiOperation, Parameter } from '../openapi/openapi.ts'

/** Text as one word of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** How to call an operation from a terminal; `$BASE` stands for the server's address. */
export function curlOf(method: string, path: string, operation: OpenApiOperation, scheme: string): string {
  const given = (operation.parameters ?? []).filter((parameter): parameter is Parameter => 'in' in parameter)
  const filled = given
    .filter((parameter) => parameter.in === 'path')
    .reduce((at, { name, example }) => at.replace(`{${name}}`, encodeURIComponent(String(example ?? name))), path)
  const query = given
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name, example }) => `${encodeURIComponent(name)}=${encodeURIComponent(String(example ?? ''))}`)
    .join('&')
  const lines = [`curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}"$BASE${filled}${query && `?${query}`}"`]
  if (!operation.security.some((need) => Object.keys(need).length === 0))
    lines.push(`-H ${quoted(`Authorization: ${scheme} <token>`)}`)
  const media = operation.requestBody?.content['application/json']
  if (media) {
    lines.push(`-H ${quoted('Content-Type: application/json')}`)
    lines.push(`-d ${quoted(media.example === undefined ? '{}' : JSON.stringify(media.example))}`)
  }
  return lines.join(' \\\n  ')
}
