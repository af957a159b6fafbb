import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { projectFromContract } from '../../../src/cli/new/from-contract.ts'
import { openProject } from '../../../src/cli/project/project.ts'
import { openApiDocument } from '../../../src/surface/openapi/document.ts'
import { serve } from '../../surface/support/served.ts'

/** What a contract says, in the project that is made of it. */

const folder = mkdtempSync(join(tmpdir(), 'bede-letter-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const made = async (name: string, contract: object) => {
  const [file, into] = [join(folder, `${name}.json`), join(folder, name)]
  writeFileSync(file, JSON.stringify({ info: { title: name, version: '1' }, ...contract }))
  return { into, made: await projectFromContract(into, name, file), ...(await openProject({}, into)) }
}

const error = { type: 'object', required: ['reason'], properties: { reason: { type: 'string' } } }
const json = (schema: object) => ({ 'application/json': { schema } })

test('statuses by their first digit, lines and media types of answers are served as the contract says', async () => {
  const {
    into,
    made: told,
    manifest,
  } = await made('answers', {
    openapi: '3.1.0',
    paths: {
      '/pets': {
        get: {
          responses: {
            200: {
              description: 'Pets',
              content: {
                'text/csv': { schema: { type: 'string' } },
                'application/vnd.pets+json': { schema: { type: 'object', properties: { n: { type: 'integer' } } } },
                'application/json; charset=utf-8': { schema: { type: 'array', items: { type: 'string' } } },
              },
              headers: {
                'X-Total': { required: true, schema: { type: 'integer', minimum: 0 } },
                'X-Tags': { schema: { type: 'array', items: { type: 'string' } } },
                'Content-Type': { schema: { type: 'string' } },
                'Set-Cookie': { $ref: '#/components/headers/Cookie' },
                Date: { schema: { type: 'string' } },
                'X-Rules': { schema: { type: 'object', properties: { a: { type: 'string' } } } },
              },
            },
            '4xx': { description: 'Wrong', content: json(error) },
            '5XX': { description: 'Broken', content: json(error) },
            '1XX': { description: 'Go on' },
            default: { description: 'Other' },
          },
        },
        post: { responses: { '2XX': { description: 'Fine', content: json(error) } } },
        put: { responses: { default: { description: 'Whatever', content: { '*/*': {}, 'text/plain': {} } } } },
        delete: {
          responses: {
            204: { description: 'Gone', content: json(error), headers: { 'X-Left': { schema: { type: 'integer' } } } },
          },
        },
      },
    },
    components: { headers: { Cookie: { schema: { type: 'string' } } } },
  })
  const { paths } = openApiDocument(manifest)
  const of = (method: string, status: string) => {
    const response = Object(paths['/pets']?.[method]?.responses)[status]
    const own = Object.entries<{ required?: boolean }>(Object(response?.headers)).filter(
      ([, line]) => !('$ref' in line),
    )
    return [Object.keys(Object(response?.content)), own.map(([name, { required }]) => `${name}${required ? '!' : ''}`)]
  }
  assert.deepEqual(of('get', '200'), [
    ['application/json', 'application/vnd.pets+json', 'text/csv'],
    ['X-Total!', 'X-Tags', 'Set-Cookie'],
  ])
  for (const status of ['4XX', '5XX']) assert.deepEqual(of('get', status), [['application/json'], []])
  assert.deepEqual(of('get', 'default'), [[], []])
  assert.deepEqual(of('post', '2XX'), [['application/json'], []])
  assert.deepEqual(of('put', 'default'), [['text/plain'], []])
  assert.deepEqual(of('delete', '204'), [[], ['X-Left']])
  assert.deepEqual(
    told.left.map(({ place, why }) => `${place}: ${why}`),
    [
      "GET /pets 200: its header Date is left out: The header Date is the server's own",
      'GET /pets 200: its header X-Rules is left out: it is an object',
      'GET /pets: answers of status 1XX: it is none of 200 to 599, 2XX to 5XX and default',
      'PUT /pets default: what is behind */* is not answered: it names no media type',
      'DELETE /pets 204: has no body, whatever the contract says',
    ],
  )
  assert.deepEqual(
    told.compared.missing.map(({ place, why }) => `${place}: ${why}`),
    [
      'GET /pets 200: the header date',
      'GET /pets 200: the header x-rules',
      'GET /pets: the status 1XX',
      'DELETE /pets 204: the media type application/json',
    ],
  )
  const { media, mediaServed, lines, linesServed } = told.compared
  assert.deepEqual([media, mediaServed, lines, linesServed], [9, 8, 6, 4])
  assert.match(readFileSync(join(into, 'CONTRACT.md'), 'utf8'), /\| headers of answers \| 6 \| 4 \|/)
})

test('a body is taken in each media type in which it is read the same way', async (t) => {
  const text = { schema: { type: 'string' } }
  const body = { schema: { $ref: '#/components/schemas/Error' } }
  const { app, made: told } = await made('bodies', {
    openapi: '3.1.0',
    paths: Object.fromEntries(
      Object.entries({
        '/texts': {
          'text/plain': text,
          'text/x-markdown': text,
          'application/octet-stream': { schema: { format: 'binary' } },
        },
        '/objects': { 'application/json': body, 'application/merge+json': body, 'application/xml': body },
      }).map(([path, content]) => [
        path,
        { post: { requestBody: { content }, responses: { 204: { description: '' } } } },
      ]),
    ),
    components: { schemas: { Error: error } },
  })
  const served = await serve(t, app)
  const post = async (path: string, type: string, body: string) =>
    (await served.fetch(path, { method: 'POST', body, headers: { 'Content-Type': type } })).status
  for (const type of ['text/plain', 'text/x-markdown']) assert.equal(await post('/texts', type, '# a'), 501, type)
  for (const type of ['application/json', 'application/merge+json'])
    assert.equal(await post('/objects', type, '{"reason":"a"}'), 501, type)
  assert.equal(await post('/texts', 'application/octet-stream', 'a'), 415)
  assert.equal(await post('/objects', 'application/xml', '<a/>'), 415)
  assert.deepEqual(
    told.left.map(({ place, why }) => `${place}: ${why}`),
    [
      'POST /texts: the body is not taken as application/octet-stream',
      'POST /objects: the body is not taken as application/xml',
    ],
  )
})

test('a rule that no field has is checked as the contract says it', async (t) => {
  const number = (rule: object, type = 'number') => ({ type, ...rule })
  const body = {
    type: 'object',
    properties: {
      above: number({ exclusiveMinimum: 0 }),
      halves: number({ multipleOf: 0.5, maximum: 10 }),
      whole: number({ exclusiveMaximum: 3, minimum: 1 }, 'integer'),
      dozens: number({ multipleOf: 12 }, 'integer'),
      somewhere: { type: 'string', pattern: 'b+' },
      orNull: { type: ['number', 'null'], exclusiveMinimum: 0 },
    },
  }
  const {
    app,
    into,
    made: told,
  } = await made('rules', {
    openapi: '3.1.0',
    paths: {
      '/things': {
        post: {
          parameters: [{ name: 'half', in: 'query', schema: number({ multipleOf: 0.5 }) }],
          requestBody: { content: json(body) },
          responses: { 200: { description: 'Done', content: json({ $ref: '#/components/schemas/Thing' }) } },
        },
      },
    },
    components: { schemas: { Thing: { ...body, required: ['above', 'halves'] } } },
  })
  const served = await serve(t, app)
  const post = async (json: object, query = '') =>
    (await served.fetch(`/things${query}`, { method: 'POST', json })).status
  for (const fine of [
    { above: 0.1 },
    { halves: 1.5 },
    { whole: 2 },
    { dozens: 24 },
    { somewhere: 'abc' },
    { orNull: null },
  ])
    assert.equal(await post(fine), 501, JSON.stringify(fine))
  for (const bad of [
    { above: 0 },
    { halves: 1.3 },
    { halves: 10.5 },
    { whole: 3 },
    { whole: 0 },
    { dozens: 25 },
    { dozens: 'x' },
    { somewhere: 'xyz' },
    { orNull: 0 },
  ])
    assert.ok([400, 422].includes(await post(bad)), JSON.stringify(bad))
  assert.equal(await post({}, '?half=0.3'), 501)
  assert.equal(await post({}, '?half=x'), 400)
  assert.deepEqual(told.left, [
    { place: 'POST /things query half', why: 'is read as one value, whatever else its schema says' },
  ])
  const model = readFileSync(join(into, 'models/thing.ts'), 'utf8')
  assert.match(model, /above: float\({ min: 0 }\)/)
  assert.match(model, /dozens: integer\({ optional: true }\)/)
  assert.match(model, /somewhere: text\({ optional: true }\)/)
})

test('a default is kept beside the bounds that it keeps to', async () => {
  const query = (name: string, schema: object) => ({ name, in: 'query', schema })
  const { manifest } = await made('defaults', {
    openapi: '3.0.3',
    paths: {
      '/pets': {
        get: {
          parameters: [
            query('limit', { type: 'integer', minimum: 1, maximum: 100, default: 20 }),
            query('beyond', { type: 'integer', maximum: 10, default: 11 }),
            query('below', { type: 'number', minimum: 0, default: -0.5 }),
            query('word', { type: 'string', maxLength: 5, default: 'short' }),
            query('long', { type: 'string', maxLength: 5, default: 'longer' }),
            query('form', { type: 'string', pattern: '^[a-z]+$', default: 'a' }),
          ],
          responses: { 204: { description: 'Done' } },
        },
      },
    },
  })
  const { parameters } = Object(openApiDocument(manifest).paths['/pets']?.get)
  const defaults = parameters
    .filter((one: { in: string }) => one.in === 'query')
    .map((one: { name: string; schema: { default?: unknown } }) => [one.name, one.schema.default])
  assert.deepEqual(Object.fromEntries(defaults), {
    limit: 20,
    beyond: undefined,
    below: undefined,
    word: 'short',
    long: undefined,
    form: undefined,
  })
})
