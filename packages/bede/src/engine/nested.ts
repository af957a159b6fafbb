import type { Json } from '../expr/value.ts'
import type { CompiledOperation, NestedWrite } from '../manifest/manifest.ts'
import type { CallValues } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import { Problem, type ProblemCode } from '../telemetry/problem.ts'
import { successStatus } from './answer.ts'
import { checkProof } from './authorize.ts'
import { type Ran, type Room, runCompiled } from './compiled.ts'
import { isMembers } from './complete.ts'
import { checkSignInFields } from './personal.ts'
import { plannedByForm, plannedByName } from './planned.ts'
import { problemOf } from './store-problem.ts'
import type { Work } from './work.ts'

/** Rows written below one parent in one request: more hold their locks too long. */
const mostRows = 1000

/** A row of a level: its parent's id, what the caller sent, and where in the input that stands. */
interface Nested {
  readonly parent: Json
  readonly item: Json
  readonly place: string
}

type Relations = Readonly<Record<string, NestedWrite>>

/** Whether a call sends any children: without them its write is one statement like any other. */
export const sendsChildren = ({ nested }: CompiledOperation, { input }: Pick<CallValues, 'input'>): boolean => {
  const data = input.data ?? null
  return nested !== undefined && isMembers(data) && Object.keys(nested).some((name) => data[name] !== undefined)
}

/**
 * A row and the rows below it, in one transaction: all or none. Each level of each relation is one statement, however many
 * rows it has, and checks the policy of every one of them, as it is and as it will be. A row named by its id must belong
 * to its parent. A refusal says which row it is about.
 */
export async function runNested(
  work: Work<CompiledOperation>,
  values: CallValues,
  room: Omit<Room, 'connection'>,
  connection: Connection,
): Promise<Ran> {
  const { operation, name, runtime, use, now } = work
  if (use) await runtime.kept.take(connection, use, now)
  const { idempotency: _, ...plain } = values
  const on: Room = { ...room, connection }
  const parent = await runCompiled(operation, plannedByName(runtime.planner, name), { ...plain, minimal: true }, on)
  const id: Json = operation.write?.kind === 'create' ? idFrom(work, parent.created ?? null) : (values.input.id ?? null)
  const run = levels(work, plain, on)
  await run(operation.nested ?? {}, [{ parent: id, item: values.input.data ?? null, place: '/data' }])
  const body = values.minimal ? null : await answer(work, plain, on, id)
  if (use) await runtime.kept.keep(connection, use, statusOf(operation, body, values), body)
  return { ...parent, body }
}

const statusOf = (operation: CompiledOperation, body: string | null, { minimal }: CallValues): number => {
  const status = successStatus(operation)
  return body === null && minimal && status === 200 ? 204 : status
}

/** An integer id comes back as text. */
function idFrom({ operation, runtime }: Work<CompiledOperation>, id: string | null): Json {
  const model = runtime.manifest.models[operation.write?.model ?? '']
  return model?.fields[model.id]?.type.integer && id !== null ? Number(id) : id
}

/** Writes the children of these parents, relation by relation: what goes, what changes, what comes; then theirs. */
function levels(work: Work<CompiledOperation>, values: CallValues, room: Room) {
  let count = 0
  const bulk = async (operation: CompiledOperation, rows: readonly Nested[]): Promise<readonly Json[]> => {
    if (rows.length === 0) return []
    const { actor } = work.call
    checkProof(operation, actor, work.now)
    count += rows.length
    if (count > mostRows)
      throw new Problem('too-many', { message: `At most ${mostRows} rows are written below one row at a time` })
    const input = { rows: rows.map(({ parent, item }) => ({ parent, item })) }
    checkSignInFields(operation, actor, input, work.runtime.manifest)
    const planned = plannedByForm(work.runtime.planner, operation)
    const { etags: _, onlyNew: __, minimal: ___, ...plain } = values
    let body: string | null
    try {
      body = (await runCompiled(operation, planned, { ...plain, input }, room)).body
    } catch (error) {
      throw problemOf(error, work.runtime.manifest, operation.write)
    }
    const outcomes: unknown = JSON.parse(body ?? '[]')
    return rows.map((row, index) => idOrRefusal(Array.isArray(outcomes) ? outcomes[index] : null, row, operation))
  }
  const run = async (relations: Relations, parents: readonly Nested[]): Promise<void> => {
    for (const [relation, nested] of Object.entries(relations)) {
      if (nested.delete) await bulk(nested.delete, rowsOf(parents, relation, 'delete'))
      if (nested.update) {
        const rows = rowsOf(parents, relation, 'update')
        const ids = await bulk(nested.update, rows)
        if (nested.changed) await run(nested.changed, below(rows, ids))
      }
      if (nested.create) {
        const rows = rowsOf(parents, relation, 'create')
        const ids = await bulk(nested.create, rows)
        if (nested.created) await run(nested.created, below(rows, ids))
      }
    }
  }
  return run
}

/** What the parents' items say of a relation: a list of new rows, or lists by what is to be done. */
const rowsOf = (parents: readonly Nested[], relation: string, verb: 'create' | 'update' | 'delete'): Nested[] =>
  parents.flatMap(({ parent, item, place }) => {
    const said = isMembers(item) ? (item[relation] ?? null) : null
    const listed = Array.isArray(said)
    const list: Json = listed ? (verb === 'create' ? said : []) : isMembers(said) ? (said[verb] ?? []) : []
    const at = `${place}/${relation}${listed ? '' : `/${verb}`}`
    return Array.isArray(list) ? list.map((one: Json, index) => ({ parent, item: one, place: `${at}/${index}` })) : []
  })

/** The rows just written, as the parents of theirs. */
const below = (rows: readonly Nested[], ids: readonly Json[]): Nested[] =>
  rows.map(({ item, place }, index) => ({ parent: ids[index] ?? null, item, place }))

function idOrRefusal(outcome: unknown, { place }: Nested, { write }: CompiledOperation): Json {
  const said = outcome as { readonly status?: string; readonly code?: ProblemCode; readonly id?: Json } // our own statement's
  if (said && said.status !== 'refused') return said.id ?? null
  const model = write?.model ?? ''
  // The address names the parent, and that is there: what is missing is a value of the request.
  if (said?.code === undefined || said.code === 'not-found') {
    const message = `There is no such ${model} here`
    throw new Problem('missing-reference', { message, details: [{ place, code: 'missing-reference', message }] })
  }
  const problem = new Problem(said.code)
  throw new Problem(said.code, {
    message: `${problem.title}: ${model}`,
    details: [{ place, code: said.code, message: problem.title }],
  })
}

/** What the parent is by now, as the actor may read it. */
async function answer(
  { operation, runtime }: Work<CompiledOperation>,
  values: CallValues,
  room: Room,
  id: Json,
): Promise<string | null> {
  const { answers, write } = operation
  const model = write && runtime.manifest.models[write.model]
  if (!answers || !write || !model) return null
  const type = model.fields[model.id]?.type ?? { kind: 'id' as const }
  const read: CompiledOperation = {
    kind: 'read',
    auth: 'optional',
    input: { id: { type } },
    answers: {
      kind: 'one',
      from: {
        model: write.model,
        as: 'row',
        where: {
          kind: 'call',
          fn: 'eq',
          args: [
            { kind: 'field', row: 'row', field: model.id },
            { kind: 'input', path: ['id'], type },
          ],
        },
      },
      item: answers,
      nullable: true,
    },
  }
  const { etags: _, onlyNew: __, minimal: ___, ...plain } = values
  const { body } = await runCompiled(read, plannedByForm(runtime.planner, read), { ...plain, input: { id } }, room)
  return body === 'null' ? null : body
}
