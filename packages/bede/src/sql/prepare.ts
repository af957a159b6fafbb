import type { CompiledOperation, Manifest } from '../manifest/manifest.ts'
import { givenPaths } from '../plan/given.ts'
import { planOperation } from '../plan/passes.ts'
import type { BoundScan, OperationPlan, PageShape } from '../plan/plan.ts'
import { scannedModels } from '../plan/scans.ts'
import { specialize } from '../plan/specialize.ts'
import type { BoundedMap } from './bounded.ts'
import {
  bindTemplate,
  compileStatement,
  questionOf,
  type StatementRequest,
  type Template,
  template,
} from './compile.ts'
import { newContext } from './context.ts'
import type { Dialect } from './dialect.ts'
import type { GroupsRequest } from './groups.ts'
import type { PageRequest } from './page.ts'
import type { CallValues, Question } from './planner.ts'
import { explainRead, readExplanationShape, requiredScan } from './read-explain.ts'
import { inputAt } from './slots.ts'
import type { Statement } from './statement.ts'
import { explainWrite, explanationShape } from './write/explain.ts'
import { saysWhat } from './write/statement.ts'

/** One operation, planned once; its statements are made per shape of request, on first sight. */
export interface Prepared {
  readonly operation: CompiledOperation
  statement(call: CallValues): Statement
  question(call: CallValues): Question
  explanation(call: CallValues, detailed: boolean): Statement
  /** The plan as this call meets it, for reading what the explanation says. */
  planFor(call: CallValues): OperationPlan<BoundScan>
}

/** Where the templates of all operations are kept; `key` tells the operations apart. */
export interface PrepareWith {
  readonly manifest: Manifest
  readonly dialect: Dialect
  readonly templates: BoundedMap<Template>
  readonly key: string
  /** Writes tell in their own statement what they have changed. */
  readonly telling: boolean
}

export function prepare(operation: CompiledOperation, how: PrepareWith): Prepared {
  const { manifest, dialect, templates, key, telling } = how
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

  const planFor = (call: CallValues): OperationPlan<BoundScan> => {
    const absent = new Set(
      paths.filter((path) => inputAt(call.input, path) === undefined).map((path) => JSON.stringify(path)),
    )
    const known = {
      sent: (path: readonly string[]) => !absent.has(JSON.stringify(path)),
      anonymous: !call.system && call.actor === null,
    }
    const plan = specialize(planOf(call.system), known)
    return call.onlyNew ? withoutExisting(plan) : plan
  }

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

  return {
    operation,
    planFor,
    statement: (call) => bindTemplate(templateFor(call), call),
    question(call) {
      const made = templateFor(call)
      const statement = bindTemplate(made, call)
      scans ??= [...scannedModels(planOf(call.system))]
      return { statement, key: questionOf(made, statement), scans }
    },
    explanation(call, detailed) {
      const name = `${shapeOf(call)} why ${detailed} ${call.etags !== undefined}`
      return bindTemplate(
        cached(name, () => explain(planFor(call), call, detailed)),
        call,
      )
    },
  }

  function explain(plan: OperationPlan<BoundScan>, call: CallValues, detailed: boolean): Template {
    const context = newContext(manifest, dialect)
    if (plan.write) {
      const sql = explainWrite(plan.write, { ifMatch: call.etags !== undefined, detailed }, context)
      return template(sql, explanationShape, context.slots)
    }
    const scan = detailed ? requiredScan(plan.answer) : undefined
    if (!scan) return template(`select '0' as "hidden", null as "clauses"`, readExplanationShape, [])
    return template(explainRead(scan, context), readExplanationShape, context.slots)
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
