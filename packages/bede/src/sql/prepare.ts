import type { CompiledOperation, Manifest } from '../manifest/manifest.ts'
import { askedOf } from '../plan/asked.ts'
import { givenPaths } from '../plan/given.ts'
import { planOperation } from '../plan/passes.ts'
import type { BoundScan, OperationPlan, PageShape } from '../plan/plan.ts'
import { rightsPlan } from '../plan/rights.ts'
import { scannedModels } from '../plan/scans.ts'
import { specialize } from '../plan/specialize.ts'
import { explanationShape } from './asked.ts'
import type { BoundedMap } from './bounded.ts'
import {
  bindTemplate,
  compileStatement,
  questionOf,
  type StatementRequest,
  type Template,
  template,
} from './compile.ts'
import { newContext, slotsOf } from './context.ts'
import type { Dialect } from './dialect.ts'
import type { GroupsRequest } from './groups.ts'
import type { PageRequest } from './page.ts'
import type { CallValues, Explained, Question, Rights } from './planner.ts'
import { explainRead } from './read-explain.ts'
import { compileRights, readRights, rightsShape } from './rights.ts'
import type { Sealer } from './sealer.ts'
import { inputAt } from './slots.ts'
import type { Row, Statement } from './statement.ts'
import { explainWrite } from './write/explain.ts'
import { asksFirst } from './write/sealed.ts'
import { saysWhat } from './write/statement.ts'
import { compileTaken, givesUnique, takenShape } from './write/taken.ts'
import { compileTargets, targetsShape } from './write/targets.ts'

/** One operation, planned once; its statements are made per shape of request, on first sight. */
export interface Prepared {
  readonly operation: CompiledOperation
  statement(call: CallValues): Statement
  targets(call: CallValues): Statement | undefined
  taken(call: CallValues): Statement | undefined
  question(call: CallValues): Question
  explanation(call: CallValues, detailed: boolean): Statement
  /** What an explanation was asked about, for reading what it says. */
  explained(call: CallValues, rows: readonly Row[], detailed: boolean): Explained
  /** Which of several rows it may be called for. Undefined: it is not about a row that can be named by its id. */
  rights(call: CallValues): Rights | undefined
}

/** Where the templates of all operations are kept; `key` tells the operations apart. */
export interface PrepareWith {
  readonly manifest: Manifest
  readonly dialect: Dialect
  readonly templates: BoundedMap<Template>
  readonly key: string
  /** Writes tell in their own statement what they have changed. */
  readonly telling: boolean
  /** Closes what is written to encrypted fields. */
  readonly sealer?: Sealer | undefined
}

export function prepare(operation: CompiledOperation, how: PrepareWith): Prepared {
  const { manifest, dialect, templates, key, telling, sealer } = how
  const paths = givenPaths(operation)
  const identified = saysWhat(operation)
  const plans = new Map<boolean, OperationPlan<BoundScan>>()
  const planOf = (system: boolean): OperationPlan<BoundScan> => {
    const known = plans.get(system)
    if (known) return known
    const made = planOperation(operation, { manifest, system })
    plans.set(system, made)
    return made
  }

  const shapeOf = (call: CallValues): string => {
    const sent = paths.map((path) => (inputAt(call.input, path) === undefined ? '0' : '1')).join('')
    return `${key} ${sent} ${call.system ? 's' : call.actor ? 'a' : 'n'}${call.onlyNew ? '*' : ''}`
  }

  const planFor = (call: CallValues, anonymous = !call.system && call.actor === null): OperationPlan<BoundScan> => {
    const absent = new Set(
      paths.filter((path) => inputAt(call.input, path) === undefined).map((path) => JSON.stringify(path)),
    )
    const sent = (path: readonly string[]) => !absent.has(JSON.stringify(path))
    const plan = specialize(planOf(call.system), { sent, anonymous })
    return call.onlyNew ? withoutExisting(plan) : plan
  }
  /** For a person, what is asked of somebody signed in is asked of nobody too, or the clauses were not those declared. */
  const inDetail = (call: CallValues): OperationPlan<BoundScan> => planFor(call, false)

  const cached = (name: string, make: () => Template): Template => templates.get(name) ?? templates.set(name, make())

  /** Where no input may be left out and nothing else is asked, there is one statement for each kind of caller. */
  const plain = new Map<string, Template>()
  const templateFor = (call: CallValues): Template => {
    if (paths.length > 0 || operation.answers?.kind === 'page' || operation.answers?.kind === 'groups')
      return shaped(call)
    if (call.etags || call.onlyNew || call.minimal || call.idempotency) return shaped(call)
    const caller = call.system ? 'system' : call.actor ? 'actor' : 'nobody'
    const known = plain.get(caller)
    if (known) return known
    const made = shaped(call)
    plain.set(caller, made)
    return made
  }
  const shaped = (call: CallValues): Template => {
    const request = { ...requestOf(call, planOf(call.system)), identified }
    return cached(`${shapeOf(call)} ${requestKey(request)}`, () =>
      compileStatement(planFor(call), request, manifest, dialect, telling),
    )
  }
  let scans: readonly string[] | undefined
  let asking: OperationPlan<BoundScan> | false | undefined
  const asks = (write: OperationPlan<BoundScan>['write']): boolean =>
    write !== undefined && asksFirst(write, newContext(manifest, dialect))
  let sealing: boolean | undefined

  return {
    operation,
    statement: (call) => bindTemplate(templateFor(call), call, sealer),
    targets(call) {
      sealing ??= asks(planOf(call.system).write)
      if (!sealing) return undefined
      const asked = planFor(call).write
      if (!asked || !asks(asked)) return undefined
      const find = (): Template => {
        const context = newContext(manifest, dialect)
        const sql = compileTargets(asked, context)
        return template(sql, targetsShape, slotsOf(context))
      }
      return bindTemplate(cached(`${shapeOf(call)} rows`, find), call, sealer)
    },
    taken(call) {
      if (!sealer?.rotating) return undefined
      const asked = planFor(call).write
      if (!asked || !givesUnique(asked, newContext(manifest, dialect))) return undefined
      const find = (): Template => {
        const context = newContext(manifest, dialect)
        const sql = compileTaken(asked, context)
        return template(sql, takenShape, slotsOf(context))
      }
      return bindTemplate(cached(`${shapeOf(call)} taken`, find), call, sealer)
    },
    question(call) {
      const made = templateFor(call)
      const statement = bindTemplate(made, call, sealer)
      scans ??= [...scannedModels(planOf(call.system))]
      return { statement, key: questionOf(made, statement), scans }
    },
    explanation(call, detailed) {
      const name = `${shapeOf(call)} why ${detailed} ${call.etags !== undefined}`
      return bindTemplate(
        cached(name, () => explain(call, detailed)),
        call,
        sealer,
      )
    },
    rights(call) {
      asking ??= rightsPlan(operation, manifest) ?? false
      const plan = asking
      if (plan === false) return undefined
      const made = cached(`${key} rights`, () => rightsTemplate(plan))
      return { statement: bindTemplate(made, call, sealer), read: (rows) => readRights(plan, rows) }
    },
    explained(call, rows, detailed) {
      const plan = detailed ? inDetail(call) : planFor(call)
      const speaking = { manifest, signedIn: call.system || call.actor !== null }
      return { plan, call, rows, ...(detailed && { asked: { rules: askedOf(plan, manifest), speaking } }) }
    },
  }

  function rightsTemplate(plan: OperationPlan<BoundScan>): Template {
    const context = newContext(manifest, dialect)
    return template(compileRights(plan, context), rightsShape, slotsOf(context))
  }

  function explain(call: CallValues, detailed: boolean): Template {
    const context = newContext(manifest, dialect)
    const plan = detailed ? inDetail(call) : planFor(call)
    const asked = detailed ? askedOf(plan, manifest) : []
    const sql = plan.write
      ? explainWrite(plan.write, { ifMatch: call.etags !== undefined, asked }, context)
      : explainRead(plan.answer, asked, context)
    return template(sql, explanationShape, slotsOf(context))
  }
}

/** A create that changes nothing that is there. */
function withoutExisting(plan: OperationPlan<BoundScan>): OperationPlan<BoundScan> {
  if (plan.write?.kind !== 'create') return plan
  const { exists: _, ...write } = plan.write
  return { ...plan, write }
}

function requestOf(call: CallValues, plan: OperationPlan<BoundScan>): Omit<StatementRequest, 'identified'> {
  return {
    ifMatch: call.etags !== undefined,
    minimal: call.minimal === true,
    idempotent: call.idempotency !== undefined,
    ...(call.system && { asSystem: true }),
    ...(plan.answer?.kind === 'groups' ? { groups: groupsOf(call) } : {}),
    ...(plan.answer?.kind === 'page' ? { page: pageOf(call, plan.answer) } : {}),
  }
}

/** Names that the operation's input allows: what is asked was validated. */
function groupsOf(call: CallValues): GroupsRequest {
  const names = (name: string): readonly string[] => {
    const asked = inputAt(call.input, [name])
    return Array.isArray(asked) ? asked.filter((one) => typeof one === 'string') : []
  }
  const sort = inputAt(call.input, ['sort'])
  return { by: names('groupBy'), measures: names('measure'), ...(typeof sort === 'string' ? { sort } : {}) }
}

function pageOf(call: CallValues, page: PageShape<BoundScan>): PageRequest {
  const sort = inputAt(call.input, ['sort'])
  const { searched } = page
  const usual = searched && typeof inputAt(call.input, [searched.input]) === 'string' ? searched.sort : page.defaultSort
  return {
    sort: typeof sort === 'string' ? sort : usual,
    count: inputAt(call.input, ['count']) === true,
    ...(call.cursor ? { after: call.cursor.map((key) => key === null) } : {}),
  }
}

const requestKey = ({ ifMatch, minimal, idempotent, page, groups }: StatementRequest): string =>
  `${Number(ifMatch)}${Number(minimal)}${Number(idempotent)}${page ? ` ${page.sort} ${page.count} ${page.after?.map(Number).join('') ?? '-'}` : ''}${groups ? ` ${JSON.stringify(groups)}` : ''}`
