import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Validator } from '@seriousme/openapi-schema-validator'
import { type FromContract, projectFromContract } from '../../../src/cli/new/from-contract.ts'
import { openProject } from '../../../src/cli/project/project.ts'
import { start } from '../../../src/identity/start.ts'
import { compareContract } from '../../../src/practice/contract/compare.ts'
import { readContract } from '../../../src/practice/contract/read.ts'
import { docs } from '../../../src/surface/docs/surface.ts'
import { createHttpServer } from '../../../src/surface/http/server.ts'
import { openApiDocument } from '../../../src/surface/openapi/document.ts'
import { rest } from '../../../src/surface/rest/rest.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bede-contracts-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const example = (path: string): string => createRequire(import.meta.url).resolve(`@readme/oas-examples/${path}`)

interface Case {
  readonly name: string
  readonly file: string
  readonly operations: number
  /** Statuses, media types and header lines of its answers. */
  readonly answers: readonly [number, number, number]
  readonly get: string
  /** What it answers: 401 where somebody must be signed in. */
  readonly status: number
}

/**
 * The RealWorld contract; two public ones of more than fifty operations, OpenAPI 3.0 with forms and `default`, and 3.1 with
 * files; and two with header lines and several media types of an answer.
 */
const cases: readonly Case[] = [
  {
    name: 'conduit',
    file: join(root, 'examples/conduit/openapi.yml'),
    operations: 19,
    answers: [54, 36, 0],
    get: '/tags',
    status: 501,
  },
  {
    name: 'stapi',
    file: example('3.0/json/star-trek.json'),
    operations: 120,
    answers: [200, 200, 0],
    get: '/animal?uid=1',
    status: 501,
  },
  {
    name: 'readme',
    file: example('3.1/json/readme.json'),
    operations: 54,
    answers: [54, 45, 0],
    get: '/changelogs',
    status: 401,
  },
  {
    name: 'trains',
    file: example('3.1/json/train-travel.json'),
    operations: 7,
    answers: [45, 87, 50],
    get: '/stations',
    status: 401,
  },
  {
    name: 'petstore',
    file: example('3.1/json/petstore.json'),
    operations: 20,
    answers: [37, 16, 2],
    get: '/user/ada',
    status: 501,
  },
]

for (const { name, file, operations, answers, get, status } of cases) {
  describe(`the contract of ${name}`, () => {
    const into = join(folder, name)
    let made: FromContract
    before(async () => {
      made = await projectFromContract(into, name, file)
    })

    test('every operation, status and parameter that it names is in the description of the backend', async () => {
      const { manifest } = await openProject({}, into)
      const compared = compareContract(await readContract(readFileSync(file, 'utf8')), openApiDocument(manifest))
      assert.deepEqual(compared, made.compared)
      assert.equal(compared.operations, operations)
      assert.equal(compared.served, operations)
      assert.equal(compared.parametersServed, compared.parameters)
      assert.deepEqual([compared.statuses, compared.media, compared.lines], answers)
      assert.deepEqual([compared.statusesServed, compared.mediaServed, compared.linesServed], answers)
      assert.deepEqual(compared.missing, [])
    })

    test('the description of the backend is valid OpenAPI 3.1', async () => {
      const { manifest } = await openProject({}, into)
      const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(openApiDocument(manifest))))
      assert.ok(valid, JSON.stringify(errors)?.slice(0, 2000))
    })

    test('what it says otherwise is told in CONTRACT.md', () => {
      const told = readFileSync(join(into, 'CONTRACT.md'), 'utf8')
      assert.match(told, new RegExp(`\\| operations \\| ${operations} \\| ${operations} \\|`))
      for (const { why } of made.left) assert.ok(told.includes(why.replaceAll('`', "'")), why)
      if (made.left.length === 0) assert.match(told, /Everything is\./)
    })

    test('it starts, shows itself at /docs, and says of each operation that it is to be written', async () => {
      const { app } = await openProject({}, into)
      const log = createLogger({ level: 'error', write: () => {} })
      const backend = await start(app, { mode: 'development', log })
      const { manifest, engine, authenticate, ready } = backend
      const server = createHttpServer({ name, port: 0, authenticate, ready, log, development: true })
      for (const surface of [rest, docs]) surface.mount(manifest, engine, server)
      const { port } = await server.listen()
      try {
        const page = await fetch(`http://127.0.0.1:${port}/docs`)
        assert.equal(page.status, 200)
        // Beside them: what every backend has, two of its health and the batch.
        assert.equal((await page.text()).match(/<details id="(?!schema-)/g)?.length, operations + 3)
        const answer = await fetch(`http://127.0.0.1:${port}${get}`)
        const problem: unknown = await answer.json()
        assert.equal(answer.status, status, JSON.stringify(problem))
        if (status === 501) assert.equal(Reflect.get(Object(problem), 'code'), 'not-implemented')
      } finally {
        await server.close()
        await backend.close()
      }
    })
  })
}

test('the projects compile', () => {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  symlinkSync(join(root, 'packages/bede'), join(folder, 'node_modules/bede'))
  symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  // One run for all of them, with the settings that each of them has.
  writeFileSync(join(folder, 'tsconfig.json'), readFileSync(join(folder, 'conduit/tsconfig.json')))
  const run = spawnSync(process.execPath, [join(root, 'node_modules/.bin/tsc'), '--noEmit', '-p', folder], {
    encoding: 'utf8',
  })
  assert.equal(run.stdout, '')
})
