import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Expr, Source } from '../../src/expr/expr.ts'
import type { CompiledOperation, Manifest, Policy, Shape } from '../../src/manifest/manifest.ts'
import type { ModelDefinition, RelationDefinition } from '../../src/model/definition.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Connection } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { call, field, literal } from '../fixtures/small.ts'
import { refTo, table, tablesOnly } from '../fixtures/tables.ts'
import { testStores } from '../support/stores.ts'

/**
 * A tenant sees what it would see if there were no other: the answer to any read, over the rows of all tenants, is the
 * answer of a manifest without tenants over the rows of that tenant alone, which are picked in memory.
 */

type Rows = Readonly<Record<string, readonly Readonly<Record<string, string | number | null>>[]>>
const integer = { kind: 'integer' } as const
const owner = { ownerId: { type: { kind: 'ref', model: 'owner' } } } as const
const number = { n: { type: integer, optional: true } } as const
const one = (model: string, by: string): RelationDefinition => ({ kind: 'one', model, field: by })
const many = (model: string, by: string): RelationDefinition => ({ kind: 'many', model, field: by })
const optional = { optional: true } as const

/** People and marks belong to nobody in particular; a mark may be on anybody's thing. */
const owned = ['thing', 'part', 'tie'] as const
const models: Readonly<Record<string, ModelDefinition>> = {
  owner: table('owner', {}),
  person: table('person', number, { relations: { things: many('thing', 'personId') } }),
  thing: table(
    'thing',
    { ...owner, ...number, personId: refTo('person'), parentId: refTo('thing', optional) },
    {
      relations: {
        person: one('person', 'personId'),
        parent: one('thing', 'parentId'),
        children: many('thing', 'parentId'),
        parts: many('part', 'thingId'),
        marks: many('mark', 'thingId'),
      },
    },
  ),
  part: table(
    'part',
    { ...owner, ...number, thingId: refTo('thing') },
    {
      relations: { thing: one('thing', 'thingId'), ties: many('tie', 'partId') },
    },
  ),
  tie: table(
    'tie',
    { ...owner, ...number, thingId: refTo('thing'), partId: refTo('part') },
    {
      relations: { thing: one('thing', 'thingId'), part: one('part', 'partId') },
    },
  ),
  mark: table('mark', { ...number, thingId: refTo('thing') }, { relations: { thing: one('thing', 'thingId') } }),
}

/** `apart`: the rows belong to tenants; else they are in a schema of their own, and belong to nobody. */
const manifestOf = (apart: boolean, policies: Readonly<Record<string, Policy>>): Manifest => ({
  ...tablesOnly(
    Object.fromEntries(
      Object.entries(models).map(([name, model]): [string, ModelDefinition] => {
        if (!apart) return [name, { ...model, schema: 'alone' }]
        if (!owned.some((one) => one === name)) return [name, model]
        const key = { name: `${name}_owner_id_id_key`, fields: ['ownerId', 'id'], tenantKey: true as const }
        return [name, { ...model, tenant: { field: 'ownerId', actor: 'ownerId' }, indexes: [key] }]
      }),
    ),
  ),
  actor: { fields: { id: { type: { kind: 'ref' } }, ownerId: { type: { kind: 'ref', model: 'owner' } } } },
  policies,
})

const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const tenants = [0, 1, 2].map(uuid)

/** Rows of three tenants, who share people. References of a tenant's rows stay within it. */
const rows$: fc.Arbitrary<Rows> = fc
  .record({
    things: fc.array(fc.tuple(fc.nat(2), fc.option(fc.nat(5)), fc.nat(2), fc.option(fc.nat(9))), { maxLength: 9 }),
    parts: fc.array(fc.tuple(fc.nat(8), fc.option(fc.nat(5))), { maxLength: 9 }),
    ties: fc.array(fc.tuple(fc.nat(8), fc.option(fc.nat(5))), { maxLength: 9 }),
    marks: fc.array(fc.tuple(fc.nat(8), fc.option(fc.nat(5))), { maxLength: 5 }),
  })
  .map(({ things, parts, ties, marks }) => {
    const thing = things.map(([of, n, person, parent], i) => {
      const before = parent === null ? undefined : things.slice(0, i).findIndex(([other]) => other === of)
      return {
        ...{ id: uuid(100 + i), owner_id: uuid(of), n, person_id: uuid(50 + person) },
        parent_id: before === undefined || before < 0 ? null : uuid(100 + before),
      }
    })
    const ofThing = (at: number) => thing[at % thing.length]
    const part = parts.flatMap(([at, n], i) => {
      const of = ofThing(at)
      return of ? [{ id: uuid(200 + i), owner_id: of.owner_id, n, thing_id: of.id }] : []
    })
    const tie = ties.flatMap(([at, n], i) => {
      const of = part[at % part.length]
      const thingOf = thing.findLast(({ owner_id }) => owner_id === of?.owner_id)
      if (!of || !thingOf) return []
      return [{ id: uuid(300 + i), owner_id: of.owner_id, n, thing_id: thingOf.id, part_id: of.id }]
    })
    const mark = marks.flatMap(([at, n], i) => {
      const of = ofThing(at)
      return of ? [{ id: uuid(400 + i), n, thing_id: of.id }] : []
    })
    const person = [0, 1, 2].map((n) => ({ id: uuid(50 + n), n }))
    return { owner: tenants.map((id) => ({ id })), person, thing, part, tie, mark }
  })

const ofTenant = (rows: Rows, tenant: string): Rows =>
  Object.fromEntries(
    Object.entries(rows).map(([name, all]) => [
      name,
      all.filter(({ owner_id }) => owner_id === undefined || owner_id === tenant),
    ]),
  )

async function fill(connection: Connection, schema: string, rows: Rows): Promise<void> {
  const tables = Object.keys(models).map((name) => `"${schema}"."${name}"`)
  const inserts = Object.entries(rows).map(
    ([name, all]) =>
      `insert into "${schema}"."${name}" select * from json_populate_recordset(null::"${schema}"."${name}", '${JSON.stringify(all)}')`,
  )
  await connection.script([`truncate ${tables.join(', ')}`, ...inserts].join(';\n'))
}

type Draw = <T>(of: fc.Arbitrary<T>) => T

/** Conditions, values and answers at random, about the row that `row` names. */
function drawing(draw: Draw) {
  let names = 0
  const relationsOf = (model: string, kind: 'one' | 'many') =>
    Object.entries(models[model]?.relations ?? {}).filter(([, one]) => one.kind === kind)
  const source = (name: string, row: string): { readonly from: Source; readonly as: string } => {
    const as = `r${names++}`
    return { from: { relation: { row, name }, as }, as }
  }
  const pick = <T>(list: readonly T[]): T | undefined => list[draw(fc.nat(Math.max(list.length - 1, 0)))]
  const compared = (value: Expr): Expr =>
    call(draw(fc.constantFrom('eq', 'lt', 'gte')), value, literal(draw(fc.nat(4)), integer))

  const number = (model: string, row: string, depth: number): Expr => {
    const [many, single] = [pick(relationsOf(model, 'many')), pick(relationsOf(model, 'one'))]
    const how = depth === 0 ? 0 : draw(fc.nat(3))
    if (how === 1 && many) {
      const { from, as } = source(many[0], row)
      const where = condition(many[1].model, as, depth - 1)
      return { kind: 'aggregate', fn: 'count', from: { ...from, where } }
    }
    if (how === 2 && many) {
      const { from, as } = source(many[0], row)
      return { kind: 'aggregate', fn: 'max', from, of: number(many[1].model, as, depth - 1) }
    }
    if (how === 3 && single) {
      const { from, as } = source(single[0], row)
      return { kind: 'via', from, value: number(single[1].model, as, depth - 1) }
    }
    return model === 'owner' ? literal(1, integer) : field('n', row)
  }
  const condition = (model: string, row: string, depth: number): Expr => {
    const many = pick(relationsOf(model, 'many'))
    const how = depth === 0 ? 0 : draw(fc.nat(4))
    if (how === 1 && many) {
      const { from, as } = source(many[0], row)
      const kind = draw(fc.constantFrom('some' as const, 'every' as const, 'none' as const))
      return { kind, from, where: condition(many[1].model, as, depth - 1) }
    }
    if (how === 2)
      return call(draw(fc.constantFrom('and', 'or')), condition(model, row, depth - 1), condition(model, row, 0))
    if (how === 3) return call('not', condition(model, row, depth - 1))
    if (how === 4) {
      const other = draw(fc.constantFrom(...Object.keys(models)))
      const as = `r${names++}`
      return { kind: 'some', from: { model: other, as }, where: condition(other, as, depth - 1) }
    }
    return compared(number(model, row, depth))
  }
  const item = (model: string, row: string, depth: number): Shape => {
    const value = (expr: Expr): Shape => ({ kind: 'value', expr, type: integer, nullable: true })
    const lists = depth === 0 ? [] : relationsOf(model, 'many')
    const singles = depth === 0 ? [] : relationsOf(model, 'one')
    const below = [...lists, ...singles].filter(() => draw(fc.boolean()))
    const members = below.map(([name, { kind, model: target, field: by }]): [string, Shape] => {
      const { from, as } = source(name, row)
      const inner = item(target, as, depth - 1)
      if (kind === 'many') {
        const where = draw(fc.boolean()) ? { where: condition(target, as, 1) } : {}
        return [name, { kind: 'list', from: { ...from, ...where }, item: inner }]
      }
      const nullable = models[model]?.fields[by]?.optional ? { nullable: true as const } : {}
      return [name, { kind: 'one', from, item: inner, ...nullable }]
    })
    const id: Shape = { kind: 'value', expr: field('id', row), type: { kind: 'id' } }
    return { kind: 'object', members: { id, n: value(number(model, row, depth)), ...Object.fromEntries(members) } }
  }
  const read = (): CompiledOperation => {
    const model = draw(fc.constantFrom(...Object.keys(models)))
    const as = `r${names++}`
    const where = draw(fc.boolean()) ? { where: condition(model, as, 2) } : {}
    const list: Shape = { kind: 'list', from: { model, as, ...where }, item: item(model, as, 2) }
    return { kind: 'read', auth: 'optional', input: {}, answers: list }
  }
  // Never the literal `true`: there the foreign key is taken for proof that a row is to be seen, and the other has none.
  const everybody = call('isNotNull', field('id'))
  const policies = (): Readonly<Record<string, Policy>> =>
    Object.fromEntries(
      Object.keys(models).map((model) => [
        model,
        {
          read: draw(fc.boolean())
            ? everybody
            : call('or', condition(model, 'row', 2), compared(number(model, 'row', 0))),
        },
      ]),
    )
  return { read, policies }
}

const runs = { PGlite: 40, PostgreSQL: 150 }
const readsEach = 8

for (const store of await testStores()) {
  test(`any read of a tenant is what it would be if there were no other: ${store.name}`, {
    skip: store.skip,
  }, async () => {
    const driver = openStore(store.url)
    after(() => driver.close())
    const connection = await driver.open()
    for (const apart of [true, false])
      await connection.script(createStatements(manifestOf(apart, {}), postgres).join(';\n'))
    await connection.script('alter table alone.mark drop constraint mark_thing_id_fkey')
    let found = 0
    await fc.assert(
      fc.asyncProperty(rows$, fc.constantFrom(...tenants), fc.gen(), async (rows, tenant, draw) => {
        await fill(connection, 'public', rows)
        await fill(connection, 'alone', ofTenant(rows, tenant))
        const { read, policies } = drawing((of) => draw(() => of))
        const rules = policies()
        const planners = [true, false].map((apart) => createPlanner(manifestOf(apart, rules), postgres))
        for (let n = 0; n < readsEach; n++) {
          const operation = read()
          const answers = planners.map(async (planner) => {
            const values = {
              input: {},
              actor: { id: uuid(1), ownerId: tenant },
              system: false,
              now: '2026-01-01T00:00:00.000Z',
            }
            const [row] = await connection.query(planner.adhoc(operation).statement(values))
            return row?.[0] ?? null
          })
          const [all, alone] = await Promise.all(answers)
          assert.deepEqual(JSON.parse(all ?? 'null'), JSON.parse(alone ?? 'null'), JSON.stringify(operation))
          found += JSON.parse(all ?? '[]').length
        }
      }),
      { numRuns: runs[store.name], endOnFailure: true },
    )
    assert.ok(found > runs[store.name], 'most answers were empty')
  })
}
