import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type Environment, evaluate, type MemoryRow } from '../../src/expr/evaluate.ts'
import type { Expr, Source } from '../../src/expr/expr.ts'
import { simplify } from '../../src/expr/simplify.ts'
import type { Json, ValueType } from '../../src/expr/value.ts'
import type { InputField, Shape } from '../../src/manifest/manifest.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import type { CallValues } from '../../src/sql/planner.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { inputs, RandomExpressions } from './random.ts'
import { manifestOf, models, rowsOf, things } from './world.ts'

/** Law 6: one language, two evaluators, held equal over random expressions and rows with nulls. */

const STATEMENTS = Number(process.env.BEDE_EQUAL_STATEMENTS ?? 40)
const EXPRESSIONS = 20
const DEPTH = 3
const NOW = '2026-11-21T04:06:18.123Z'

type Call = { readonly input: Record<string, Json>; readonly actor: Record<string, Json> | null }
interface Case {
  readonly expr: Expr
  readonly type: ValueType
}

function environment(call: Call, row: MemoryRow | null): Environment<Source> {
  const typeOf = (model: string) => (field: string) => models[model]!.fields[field]!.type
  return {
    ...call,
    now: NOW,
    rows: { row },
    fieldType: (_, field) => typeOf('thing')(field),
    rowsOf: (from, { rows, fieldType }) => {
      const { relation } = from
      if (!relation) return { rows: rowsOf[from.model!]!, fieldType: typeOf(from.model!) }
      // A variable's model shows in its fields: only things have a twin.
      const owner = isThing(fieldType, relation.row) ? models.thing! : models.part!
      const { kind, model, field } = owner.relations[relation.name]!
      const of = rows[relation.row] ?? {}
      const [own, other] = kind === 'one' ? [of[field], 'id'] : [of.id, field]
      return {
        rows: rowsOf[model]!.filter((one) => own !== undefined && own !== null && one[other] === own),
        fieldType: typeOf(model),
      }
    },
  }
}

function isThing(fieldType: (row: string, field: string) => ValueType, row: string): boolean {
  try {
    return fieldType(row, 'twin') !== undefined
  } catch {
    return false
  }
}

/** What the database answers: one list of objects, in the order of the things. */
async function ask(
  connection: Connection,
  cases: readonly Case[],
  call: Call,
  form: 'literals' | 'parameters',
): Promise<Json[][]> {
  const members = Object.fromEntries(
    cases.map(({ expr, type }, at): [string, Shape] => [`e${at}`, { kind: 'value', expr, type, nullable: true }]),
  )
  const from: Source = {
    model: 'thing',
    as: 'row',
    order: [{ by: { kind: 'field', row: 'row', field: 'position' }, direction: 'asc' }],
  }
  const input: Record<string, InputField> = Object.fromEntries(
    Object.entries(inputs).map(([name, type]) => [name, { type, optional: true }]),
  )
  const operation = {
    kind: 'read',
    auth: 'optional',
    input,
    answers: { kind: 'list', from, item: { kind: 'object', members } },
  } as const
  const planner = createPlanner(manifestOf({ ask: operation }), postgres)
  // Without policies: they are expressions like any other.
  const values: CallValues = { input: call.input, actor: call.actor as CallValues['actor'], system: true, now: NOW }
  const statement = form === 'literals' ? planner.statement('ask', values) : planner.adhoc(operation).statement(values)
  const [row] = await connection.query(statement)
  return (JSON.parse(row![0]!) as Record<string, Json>[]).map((answer) => cases.map((_, at) => answer[`e${at}`]!))
}

/** The smallest part of a case that differs by itself. */
async function smallest(
  connection: Connection,
  wrong: Case,
  call: Call,
  form: 'literals' | 'parameters',
): Promise<string> {
  const answers = (await ask(connection, [wrong], call, form)).map(([answer]) => answer)
  const at = answers.findIndex(
    (answer, index) => !same(answer!, evaluate(wrong.expr, environment(call, things[index]!))),
  )
  const memory = evaluate(wrong.expr, environment(call, things[at]!))
  return `${JSON.stringify(wrong.expr)}\non ${JSON.stringify(things[at])}\nmemory ${JSON.stringify(memory)}, database ${JSON.stringify(answers[at])}`
}

/** As JSON: zero has no sign. */
const same = (a: Json, b: Json): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))

/** The innermost message of an error: the database's own. */
const messageOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined
    ? messageOf(error.cause)
    : JSON.stringify(error, ['message', 'code'])

async function fill(connection: Connection): Promise<void> {
  await connection.script(createStatements(manifestOf({}), postgres).join(';\n'))
  for (const [name, rows] of Object.entries(rowsOf)) {
    const fields = Object.entries(models[name]!.fields)
    const columns = fields.map(([, field]) => postgres.identifier(field.column)).join(', ')
    const values = fields.map(([, field], at) => postgres.param(at + 1, field.type)).join(', ')
    const sql = `insert into ${postgres.identifier(models[name]!.table)} (${columns}) values (${values})`
    for (const row of rows) {
      await connection.query({
        sql,
        shape: [],
        params: fields.map(([field, { type }]) => postgres.encode(row[field], type)),
      })
    }
  }
}

const url = await postgresUrl()
const stores: readonly (readonly [name: string, url: string | undefined])[] = [
  ['PGlite', 'memory://'],
  ['PostgreSQL', url],
]

for (const [name, address] of stores) {
  describe(`the evaluator and ${name} agree`, { skip: address === undefined ? NO_POSTGRES : false }, () => {
    let driver: Driver
    let connection: Connection

    before(async () => {
      driver = openStore(address)
      connection = await driver.open()
      await fill(connection)
    })
    after(() => driver.close())

    test('rows come back as they were written', async () => {
      const cases = Object.entries(models.thing!.fields).map(
        ([field, { type }]): Case => ({ expr: { kind: 'field', row: 'row', field }, type }),
      )
      const answers = await ask(connection, cases, { input: {}, actor: null }, 'literals')
      assert.deepEqual(
        answers,
        things.map((row) => Object.values(row)),
      )
    })

    for (const form of ['literals', 'parameters'] as const) {
      test(`class 64, 65, 66: on random expressions with hostile ${form}`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.integer(), async (seed) => {
            const random = new RandomExpressions(seed)
            const call = random.call()
            const cases = Array.from({ length: EXPRESSIONS }, () => random.next({ row: 'thing' }, DEPTH))
            const answers = await ask(connection, cases, call, form).catch(async (error: unknown) => {
              for (const one of cases) {
                await ask(connection, [one], call, form).catch((cause: unknown) => {
                  throw new Error(`fails in the database: ${JSON.stringify(one.expr)}: ${messageOf(cause)}`)
                })
              }
              throw error
            })
            for (const [at, one] of cases.entries()) {
              const expected = things.map((row) => evaluate(one.expr, environment(call, row)))
              if (!expected.every((value, row) => same(value, answers[row]![at]!)))
                assert.fail(await smallest(connection, one, call, form))
            }
          }),
          { numRuns: STATEMENTS, endOnFailure: true },
        )
      })
    }
  })
}

test('simplifying does not change what an expression gives', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new RandomExpressions(seed)
      const call = random.call()
      const { expr } = random.next({ row: 'thing' }, DEPTH + 1)
      const known = {
        sent: ([name]: readonly string[]) => Object.hasOwn(call.input, name!),
        anonymous: call.actor === null,
      }
      for (const options of [{}, known]) {
        const simple = simplify(expr, options)
        for (const row of things) {
          assert.ok(
            same(evaluate(simple, environment(call, row)), evaluate(expr, environment(call, row))),
            JSON.stringify(expr),
          )
        }
      }
    }),
    { numRuns: 300, endOnFailure: true },
  )
})
