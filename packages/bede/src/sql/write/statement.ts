import type { CompiledOperation } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { changesCredentials, credentialsChanged } from '../../plan/credentials.ts'
import type { BoundScan, OperationPlan, PlanShape, WritePlan } from '../../plan/plan.ts'
import { changedWith, watchedModels } from '../../plan/scans.ts'
import { changedChannel, changedPayload } from '../changed.ts'
import { identifier, modelIn, type SqlContext } from '../context.ts'
import { joinedKey, keyColumns, partsOf } from '../key.ts'
import { compileBody } from '../shape.ts'
import { deleteClauses, updateClauses } from './change.ts'
import { type Clause, kept, outbox, withClauses } from './clauses.ts'
import { createClauses } from './create.ts'
import { endingClauses } from './endings.ts'
import { historyClauses } from './history.ts'
import { compileInsert, type LoneInsert, loneInsert } from './insert.ts'
import { outcomes } from './outcome.ts'

/** What one call asks of a write. */
export interface WriteRequest {
  readonly ifMatch: boolean
  readonly minimal: boolean
  /** Also gives the id of the row created. */
  readonly identified: boolean
  readonly idempotent: boolean
  /** The statement tells what it has changed, where somebody wants to know. */
  readonly telling?: boolean
  /** With the rights of the system. */
  readonly asSystem?: boolean
}

export const writeShape = (identified: boolean): readonly string[] =>
  identified ? ['written', 'body', 'id'] : ['written', 'body']

/** The write, its outbox rows, its kept answer and the answer itself: one statement, all or nothing (laws 4 and 7). */
export function compileWrite(
  plan: OperationPlan<BoundScan> & { readonly write: WritePlan<BoundScan> },
  request: WriteRequest,
  context: SqlContext,
): { readonly sql: string; readonly changes: readonly string[] } {
  const { write, answer } = plan
  const lone =
    request.ifMatch || request.idempotent
      ? undefined
      : loneInsert({ write, ...(answer && !request.minimal && { answer }) }, context)
  if (lone) return loneWrite(lone, request, context)
  const steps = changeClauses(write, request, context)
  const news = outbox(write, context, write.kind === 'create' && write.exists ? ' where "$created"' : '')
  const past = historyClauses(write, context)
  const ended = endingClauses(write, request.asSystem === true, context)
  const body = bodyOf(write, request.minimal ? undefined : answer, context)
  const result: Clause = {
    name: '$result',
    sql: `select (select count(*) from "$written") as "written", ${body} as "body"${request.identified ? `, ${createdId(write, context)} as "id"` : ''}`,
  }
  const clauses = [...steps, ...news, ...past, ...ended, result]
  if (request.idempotent) {
    const keeping = { orCreated: request.identified && updates(write), always: write.each !== undefined }
    clauses.push(kept('(select "body" from "$result")', keeping, context))
  }
  const changes = watchedChanges(write, ended.length > 0, context)
  const written = changes.length > 0 && request.telling ? telling(changes, context) : '"written"::text'
  return {
    sql: `${withClauses(clauses, context)} select ${written}, "body"${request.identified ? ', "id"' : ''} from "$result"`,
    changes,
  }
}

/** The same of a row that comes alone. */
function loneWrite(
  lone: LoneInsert,
  { telling: tells, identified }: WriteRequest,
  context: SqlContext,
): { readonly sql: string; readonly changes: readonly string[] } {
  const { write } = lone
  context.writes.set(write.model, { remain: true, replaces: false })
  const changes = watchedChanges(write, false, context)
  const { dialect } = context
  const one = dialect.literal('1', { kind: 'text' })
  const written =
    changes.length > 0 && tells ? `${one} || ${dialect.notify(changedChannel, changedPayload(changes))}` : one
  const id = identified ? idText(write, context) : undefined
  return { sql: compileInsert(lone, { written, id }, context), changes }
}

/** The models it changes, of those of which somebody keeps something in memory. */
function watchedChanges(
  write: WritePlan<BoundScan>,
  ends: boolean,
  { manifest, writes }: SqlContext,
): readonly string[] {
  const watched = watchedModels(manifest)
  if (watched.size === 0) return []
  const gone = [...writes].flatMap(([model, { remain }]) => (remain ? [] : [model]))
  const changed = new Set([...writes.keys(), ...changedWith(gone, manifest)])
  if (manifest.identity && !ends && !changesCredentials(write, changed, manifest)) changed.delete(credentialsChanged)
  else if (manifest.identity) changed.add(credentialsChanged)
  // A mail that comes has to be sent; of one that goes nobody has to hear.
  if (write.kind !== 'create') changed.delete(platform.mail)
  return [...changed].filter((model) => watched.has(model)).sort()
}

/** The count, which goes out with nothing behind it: that it was written down for others to hear adds no column. */
const telling = (changes: readonly string[], { dialect }: SqlContext): string =>
  `"written"::text || case when "written" > 0 then ${dialect.notify(changedChannel, changedPayload(changes))} else '' end`

const updates = (write: WritePlan<BoundScan>): boolean => write.kind === 'create' && write.exists !== undefined

/** The id of the row created, as text; null where it was there already. */
const createdId = (write: WritePlan<BoundScan>, context: SqlContext): string =>
  `(select ${idText(write, context)} from "$written"${updates(write) ? ' where "$created"' : ''})`

function idText(write: WritePlan<BoundScan>, context: SqlContext): string {
  const model = modelIn(context, write.model)
  const parts = partsOf(model, model.id)
  return parts
    ? joinedKey(parts, keyColumns(model, context.dialect))
    : `${identifier(context, model.fields[model.id]?.column ?? 'id')}::text`
}

/** Whether a caller is told which row was created, or that one was. */
export const saysWhat = ({ write, http, nested }: CompiledOperation): boolean =>
  write?.kind === 'create' &&
  !write.each &&
  (http?.location !== undefined || nested !== undefined || write.exists?.then === 'update')

function changeClauses(write: WritePlan<BoundScan>, request: WriteRequest, context: SqlContext): readonly Clause[] {
  switch (write.kind) {
    case 'create':
      return createClauses(write, request, context)
    case 'update':
      return updateClauses(write, request, context)
    case 'delete':
      return deleteClauses(write, request, context)
  }
}

function bodyOf(write: WritePlan<BoundScan>, answer: PlanShape<BoundScan> | undefined, context: SqlContext): string {
  if (write.each) return outcomes(write, context)
  return answer ? `(${compileBody(answer, context)})` : 'null::text'
}
