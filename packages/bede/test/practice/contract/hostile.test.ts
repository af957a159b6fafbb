import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { projectFromContract } from '../../../src/cli/new/from-contract.ts'
import { openProject } from '../../../src/cli/project/project.ts'
import { contractProject } from '../../../src/practice/contract/contract.ts'
import { readContract } from '../../../src/practice/contract/read.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { hostile } from '../takeover/hostile.ts'

const folder = mkdtempSync(join(tmpdir(), 'bede-contract-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** A contract in which every text that it can have is this one. */
const contractOf = (text: string): object => {
  const schema = {
    type: 'object',
    title: text,
    description: text,
    required: [text, 'id', 'name'],
    properties: Object.fromEntries([
      ['id', { type: 'string', description: text }],
      ['name', { type: 'string', enum: [text, 'other'], default: text, description: text }],
      ['pattern', { type: 'string', pattern: text }],
      [
        'document',
        {
          oneOf: [
            { type: 'string', const: text },
            { type: 'object', properties: Object.fromEntries([[text, { default: text }]]), required: [text] },
          ],
        },
      ],
      [text, { type: 'string', default: text, description: text }],
    ]),
  }
  const pointer = encodeURIComponent(text.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))
  const operation = (id: string) => ({
    operationId: id,
    tags: [text],
    summary: text,
    description: text,
    parameters: [
      { name: text, in: 'query', description: text, schema: { type: 'string', enum: [text], default: text } },
      { name: text, in: 'header', schema: { type: 'string' } },
      { name: text, in: 'cookie', schema: { type: 'string' } },
      { name: text, in: 'path', required: true, schema: { type: 'string', pattern: text } },
    ],
    requestBody: {
      description: text,
      content: Object.fromEntries([
        [text, { schema }],
        ['application/json', { schema: { $ref: `#/components/schemas/${pointer}` } }],
      ]),
    },
    responses: Object.fromEntries([
      [
        '200',
        { description: text, content: { 'application/json': { schema: { $ref: `#/components/schemas/${pointer}` } } } },
      ],
      [
        '404',
        {
          description: text,
          headers: Object.fromEntries([
            [text, { description: text, schema: { type: 'string', enum: [text], default: text } }],
            [`X-${text.replace(/[^\w]/g, '')}`, { required: true, schema: { type: 'string', pattern: text } }],
          ]),
          content: Object.fromEntries([
            ['application/json', { schema }],
            [text, { schema }],
            [`text/${text}`, { schema }],
            [`application/${text.replace(/[^\w]/g, '')}+json`, { schema }],
          ]),
        },
      ],
      ['default', { description: text, content: Object.fromEntries([[text, { schema }]]) }],
      [text, { description: text }],
    ]),
    security: [Object.fromEntries([[text, [text]]])],
  })
  return {
    openapi: '3.1.0',
    info: { title: text, version: text, description: text },
    servers: [{ url: text }],
    tags: [{ name: text, description: text }],
    paths: Object.fromEntries([
      ['/plain', { get: { ...operation(text), requestBody: undefined }, post: operation(`${text}2`) }],
      [`/with/{${text}}`, { get: operation('same'), put: operation('same') }],
      [`/${text}`, { get: operation(text) }],
      [text, { get: operation(text) }],
    ]),
    components: {
      schemas: Object.fromEntries([
        [text, schema],
        ['Text', schema],
        ['Class', schema],
      ]),
      securitySchemes: Object.fromEntries([[text, { type: 'http', scheme: text }]]),
    },
  }
}

const textsIn = (of: string): string =>
  readdirSync(of, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')

test('class 70: hostile text of a contract stays data in the project, which loads and verifies', async () => {
  // One project for all of it: each text has operations, schemas and parameters of its own.
  const parts = hostile.map((text, index) => ({ text, contract: contractOf(text), index }))
  const whole = {
    openapi: '3.1.0',
    info: { title: hostile.join(' '), version: '1' },
    paths: Object.fromEntries(
      parts.flatMap(({ contract, index }) =>
        Object.entries(Reflect.get(contract, 'paths')).map(([path, item]) => [`/n${index}${path}`, item]),
      ),
    ),
    components: {
      schemas: Object.fromEntries(
        parts.flatMap(({ contract }) => Object.entries(Reflect.get(contract, 'components').schemas)),
      ),
    },
  }
  const file = join(folder, 'hostile.json')
  writeFileSync(file, JSON.stringify(whole))
  const into = join(folder, 'hostile')
  const { operations, models } = await projectFromContract(into, 'hostile', file)
  assert.ok(operations > 2 * hostile.length, String(operations))
  assert.ok(models > 0)
  assert.equal(Reflect.get(globalThis, 'pwned'), undefined)
  assert.equal(Object.hasOwn(Object.prototype, 'default'), false)
  assert.doesNotMatch(textsIn(into), /[\u2028\u2029\u202e]/)
  const told = readFileSync(join(into, 'CONTRACT.md'), 'utf8').replace(/`[^`\n]*`/g, '')
  assert.match(told, /script/)
  assert.doesNotMatch(told.replace(/\\[^\n]/g, ''), /[<[]/)
  assert.ok((await openProject({}, into)).manifest.operations.same)
})

test('class 70: any text is data: it makes no line and no file of its own', () => {
  const sign = fc.oneof(
    fc.constantFrom(...hostile, '*/', '`', '$', '{', '\\', '\n', '../', '/'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  const lines = (text: string) => text.split('\n').length
  fc.assert(
    fc.property(
      fc.array(sign, { maxLength: 6 }).map((all) => all.join('')),
      (text) => {
        const { files } = contractProject(JSON.parse(JSON.stringify(contractOf(text))), 'any')
        for (const [path, source] of Object.entries(files)) {
          assert.match(path, /^(?:\w+\/)?[\w-]+\.ts$/, path)
          assert.doesNotMatch(source, /[\r\u2028\u2029\u202e\0]/)
          assert.ok(lines(source) < 900, `${path} has ${lines(source)} lines`)
        }
      },
    ),
    { numRuns: 50 },
  )
})

const read = (contract: unknown) => contractProject(contract, 'any')
const get = (schema: unknown, components: object = {}) => ({
  openapi: '3.0.3',
  paths: { '/a': { get: { responses: { 200: { content: { 'application/json': { schema } } } } } } },
  components,
})

test('an operation is open where the contract says so, and not where it says it wrongly', () => {
  const opens = (security: unknown, forAll?: unknown) => {
    const get = { responses: { 204: { description: 'done' } }, ...(security !== undefined && { security }) }
    const root = { openapi: '3.1.0', info: { title: 't', version: '1' }, paths: { '/a': { get } } }
    const { operations } = contractProject(forAll === undefined ? root : { ...root, security: forAll }, 'x')
    return operations[0]?.open
  }
  for (const security of [undefined, [], [{}], [{ bearer: [] }, {}]]) assert.equal(opens(security), true)
  for (const security of [{ bearer: [] }, 'bearer', ['bearer'], [null], [[]], true, [{ bearer: [] }]]) {
    assert.equal(opens(security), false, JSON.stringify(security))
    assert.equal(opens(undefined, security), false, JSON.stringify(security))
    assert.equal(opens([], security), true)
  }
})

test('class 70: nothing is fetched and no other file is read', async () => {
  const references = [
    'https://evil.example/x.json',
    './other.yaml#/a',
    'file:///etc/passwd',
    '/etc/passwd',
    '#anchor',
    '#/constructor/name',
    '#/__proto__',
    '#/components/schemas/none',
  ]
  for (const reference of references) {
    const { files, left } = read(get({ $ref: reference }))
    assert.match(files['api/api.ts'] ?? '', /output: json<unknown>\(\)/, reference)
    assert.ok(
      left.some(({ why }) => why.includes(reference)),
      reference,
    )
  }
  const into = join(folder, 'fetched')
  for (const from of ['https://evil.example/openapi.yaml', 'file:///etc/passwd', join(folder, 'none.yaml'), folder])
    await assert.rejects(
      projectFromContract(into, 'fetched', from),
      (problem) => isProblem(problem) && problem.code === 'usage',
    )
  await assert.rejects(projectFromContract(into, 'fetched', 'mysql://user:hunter2@host/shop'), (problem) => {
    assert.ok(isProblem(problem))
    assert.doesNotMatch(`${problem.message} ${problem.hint}`, /hunter2/)
    return true
  })
  assert.equal(readdirSync(folder).includes('fetched'), false)
})

test('class 129: deep, wide and circular schemas end', () => {
  const deep = JSON.parse(`${'{"type":"object","properties":{"a":'.repeat(10_000)}{}${'}}'.repeat(10_000)}`)
  assert.ok((read(get(deep)).files['api/api.ts'] ?? '').length < 10_000)
  const nested = JSON.parse(`${'{"type":"array","items":'.repeat(10_000)}{}${'}'.repeat(10_000)}`)
  assert.ok((read(get(nested)).files['api/api.ts'] ?? '').length < 10_000)
  const all = JSON.parse(`${'{"allOf":['.repeat(10_000)}{"type":"object"}${']}'.repeat(10_000)}`)
  assert.ok((read(get(all)).files['api/api.ts'] ?? '').length < 10_000)
  const circles = {
    schemas: {
      Node: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/components/schemas/Node' } },
        },
      },
      A: { $ref: '#/components/schemas/B' },
      B: { $ref: '#/components/schemas/A' },
      C: { allOf: [{ $ref: '#/components/schemas/C' }] },
    },
  }
  for (const name of ['Node', 'A', 'C']) {
    const { left, files } = read(get({ $ref: `#/components/schemas/${name}` }, circles))
    assert.ok(left.length > 0 || /json<unknown>/.test(files['api/api.ts'] ?? ''), name)
  }
  // Each holds ten of the next: written out it would be ten thousand million.
  const wide = Object.fromEntries(
    Array.from({ length: 10 }, (_, level) => [
      `L${level}`,
      {
        type: 'object',
        properties: Object.fromEntries(
          Array.from({ length: 10 }, (_, n) => [
            `m${n}`,
            level === 9 ? { type: 'string' } : { $ref: `#/components/schemas/L${level + 1}` },
          ]),
        ),
      },
    ]),
  )
  const { files, left } = read(get({ $ref: '#/components/schemas/L0' }, { schemas: wide }))
  assert.ok(Object.values(files).join('').length < 100_000)
  assert.ok(left.some(({ why }) => why.includes('too large')))
})

test('class 129: a YAML bomb, a tag and a document of another kind are refused', async () => {
  const refused = (text: string, message: RegExp) =>
    assert.rejects(
      readContract(text),
      (problem) => isProblem(problem) && problem.code === 'usage' && message.test(problem.message),
    )
  const bomb = [
    `a: &a [${'x,'.repeat(10)}]`,
    ...[...'bcdefghi'].map((name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(10)}]`),
  ]
  await refused(`openapi: 3.1.0\n${bomb.join('\n')}\n`, /no YAML/)
  await refused(`openapi: 3.1.0\n${'['.repeat(20_000)}`, /no YAML/)
  await refused('a: 1\na: 2\n', /no YAML/)
  await refused('{"openapi": ', /no JSON/)
  await refused('swagger: "2.0"\n', /which OpenAPI/)
  await refused('openapi: 4.0.0\n', /says that it is/)
  await refused('', /which OpenAPI/)
  await refused('- openapi: 3.1.0', /which OpenAPI/)
  await refused(`{"openapi":"3.1.0","a":"${'x'.repeat(33 * 1024 * 1024)}"}`, /larger/)
  const tagged = await readContract(
    'openapi: 3.1.0\nx: !!js/function "function () { globalThis.pwned = 1 }"\n__proto__:\n  polluted: 1\n',
  )
  assert.equal(Reflect.get(globalThis, 'pwned'), undefined)
  assert.equal(Reflect.get({}, 'polluted'), undefined)
  assert.equal(typeof Reflect.get(Object(tagged), 'x'), 'string')
})

test('a folder that is in use is left as it is, and one that was begun is gone', async () => {
  const into = join(folder, 'used')
  mkdirSync(into)
  writeFileSync(join(into, 'mine.txt'), 'mine')
  const file = join(folder, 'small.json')
  writeFileSync(file, JSON.stringify(get({ type: 'string' })))
  await assert.rejects(
    projectFromContract(into, 'used', file),
    (problem) => isProblem(problem) && problem.code === 'folder-in-use',
  )
  assert.deepEqual(readdirSync(into), ['mine.txt'])
  writeFileSync(file, JSON.stringify({ openapi: '3.1.0', paths: { '/docs': { get: {} } } }))
  await assert.rejects(projectFromContract(join(folder, 'none'), 'none', file), /no operation that can be served/)
  assert.equal(readdirSync(folder).includes('none'), false)
})

test('class 129: schemas that name each other in a chain without an end are read, or said to be too many', async () => {
  const length = 12_000
  const at = (index: number) => ({ $ref: `#/components/schemas/S${index}` })
  const chain = (order: readonly number[]) => ({
    openapi: '3.1.0',
    info: { title: 'chain', version: '1' },
    paths: Object.fromEntries(
      order.map((index) => [
        `/s${index}`,
        { get: { responses: { 200: { description: '', content: { 'application/json': { schema: at(index) } } } } } },
      ]),
    ),
    components: {
      schemas: Object.fromEntries(
        Array.from({ length }, (_, index) => [
          `S${index}`,
          {
            type: 'object',
            required: ['id', 'next'],
            properties: { id: { type: 'string' }, name: { type: 'string' }, next: at((index + 1) % length) },
          },
        ]),
      ),
    },
  })
  const first = contractProject(await readContract(JSON.stringify(chain([0]))), 'chain')
  assert.ok(first.left.some(({ why }) => /too many others/.test(why)))
  // Each is read before the one that names it: what follows from it is as long.
  const last = Array.from({ length: 1_500 }, (_, index) => length - 1 - index)
  assert.ok(contractProject(await readContract(JSON.stringify(chain(last))), 'chain').models.length >= last.length)
})
