import type { Expr } from '../../expr/expr.ts'
import type { Mistake } from '../../expr/functions/rule.ts'
import { functions } from '../../expr/functions.ts'
import { walk } from '../../expr/walk.ts'
import type { InputField, NestedWrite, Operation, ResponseDefinition } from '../manifest.ts'
import { valueMistake, verifyLimits, verifyType } from './field.ts'
import { verifyFileAccess } from './file.ts'
import { verifyFiles } from './files.ts'
import { answerHeaderMistake, standsAlone } from './header.ts'
import { memberMistake, nameMistake } from './name.ts'
import { LARGEST_LIMIT } from './page.ts'
import { checkExpr, checkRule, type Verifying, wrong } from './report.ts'
import { own } from './scope.ts'
import { verifyAnswer } from './shape.ts'
import { verifyWrite } from './write.ts'

/** The key of a lock is computed before there is a statement. */
function verifyKey(verifying: Verifying, place: string, key: Expr, input: Operation['input']): void {
  checkExpr(verifying, place, key, { input })
  walk(key, (one) => {
    if (one.kind !== 'call' || !functions[one.fn].storeOnly) return
    const message = `${one.fn} is computed by the database, and a lock is taken before it is asked`
    verifying.add(place, wrong('invalid-declaration', message))
  })
}

/** Everything that can be called. Place: the operation's name, and what of it: `publish.set.status`. */
export function verifyOperations(verifying: Verifying): void {
  const { operations, events, actor, models } = verifying.manifest
  for (const [name, operation] of Object.entries(operations)) {
    const bad = name
      .split('.')
      .map(nameMistake)
      .find((mistake) => mistake !== undefined)
    if (bad) verifying.add(name, bad)
    // What a handler takes may be called as the contract it keeps to calls it.
    verifyInputs(
      verifying,
      `${name}.input`,
      operation.input,
      operation.kind === 'invoke' ? memberMistake : inputMistake,
    )
    for (const key of operation.exclusive?.keys ?? []) verifyKey(verifying, `${name}.exclusive`, key, operation.input)
    if (operation.kind === 'invoke') verifyInvoke(verifying, name, operation)
    else verifyCompiled(verifying, name, operation)
  }
  for (const [name, event] of Object.entries(events)) verifyInputs(verifying, name, event.payload)
  for (const [name, field] of Object.entries(actor.fields)) {
    const place = `actor.${name}`
    const bad = nameMistake(name)
    if (bad) verifying.add(place, bad)
    if (field.type.kind === 'secret')
      verifying.add(place, wrong('unreadable-field', 'A secret is no field of an actor'))
    verifyType(verifying, place, field.type)
  }
  if (actor.model !== undefined && own(models, actor.model) && own(actor.fields, 'id')?.type.model !== actor.model) {
    verifying.add(
      'actor.id',
      wrong(
        'mismatched-type',
        `The actor's id does not name a row of ${actor.model}`,
        `Write id: ref('${actor.model}').`,
      ),
    )
  }
}

function verifyInvoke(verifying: Verifying, name: string, operation: Operation & { kind: 'invoke' }): void {
  // Files are taken from whoever may send them: that is decided before the body is read.
  const { body: _, ...head } = operation.input
  checkRule(verifying, `${name}.allow`, operation.allow, { input: operation.files ? head : operation.input })
  verifyBody(verifying, name, operation)
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    const at = `${name}.responses.${status}`
    verifyBody(verifying, at, response)
    verifyInputs(verifying, `${at}.headers`, response.headers ?? {}, answerHeaderMistake)
    for (const [line, { type }] of Object.entries(response.headers ?? {}))
      if (type.kind === 'array' && standsAlone(line))
        verifying.add(
          `${at}.headers.${line}`,
          wrong(
            'invalid-declaration',
            `${line} cannot hold a list`,
            'Declare it as text(): an answer sets one cookie.',
          ),
        )
  }
  if (operation.files) verifyFiles(verifying, name, operation, operation.files)
  verifyFileAccess(verifying, name, operation)
}

function verifyBody(verifying: Verifying, place: string, { output, also = {} }: ResponseDefinition): void {
  if (output) verifyInput(verifying, `${place}.output`, output, memberMistake)
  for (const [media, one] of Object.entries(also))
    if (one.output) verifyInput(verifying, `${place}.also.${media}`, one.output, memberMistake)
}

/** The operations an exposure opens take what callers send as it is. */
const OPENED = new Set(['create', 'update', 'upsert', 'createMany', 'updateMany'])

function verifyCompiled(verifying: Verifying, name: string, operation: Exclude<Operation, { kind: 'invoke' }>): void {
  const { write, answers, input } = operation
  const [model, verb] = name.split('.')
  const exposed = write !== undefined && model === write.model && OPENED.has(verb ?? '')
  if (operation.kind === 'read' && write) verifying.add(name, wrong('invalid-declaration', 'A read writes nothing'))
  if (write) verifyWrite(verifying, name, write, input, exposed)
  for (const [relation, nested] of Object.entries(operation.nested ?? {}))
    verifyNested(verifying, `${name}.nested.${relation}`, nested)
  if (!answers) return
  const rows = write ? new Map([['row', write.model]]) : new Map<string, string>()
  verifyAnswer(verifying, `${name}.answers`, answers, { rows, input })
  if (answers.kind === 'page') verifyPageInput(verifying, name, operation)
}

/** What is written below a row: each a bulk of rows, of which callers send the items as they are. */
function verifyNested(verifying: Verifying, place: string, nested: NestedWrite): void {
  for (const verb of ['create', 'update', 'delete'] as const) {
    const operation = nested[verb]
    if (!operation) continue
    const at = `${place}.${verb}`
    const { write, input } = operation
    if (operation.kind !== 'write' || write?.kind !== verb || !write.each || operation.answers || operation.nested) {
      verifying.add(at, wrong('invalid-declaration', `It is no ${verb} of many rows`))
      continue
    }
    verifyInputs(verifying, `${at}.input`, input)
    verifyWrite(verifying, at, write, input, true)
  }
  for (const [relation, below] of Object.entries({ ...nested.created, ...nested.changed }))
    verifyNested(verifying, `${place}.${relation}`, below)
}

/** A caller asks for no more rows than the page allows. */
function verifyPageInput(verifying: Verifying, name: string, { input }: Operation): void {
  const max = own(input, 'limit')?.max
  if (typeof max === 'number' && max > LARGEST_LIMIT) {
    verifying.add(
      `${name}.input.limit`,
      wrong('invalid-limit', `A list gives at most ${LARGEST_LIMIT} rows, not ${max}`),
    )
  }
}

type NameRule = (name: string) => Mistake | undefined

/** A filter's parameter is an input of that very name: `createdAt[gte]`, `tags.name`. */
const inputMistake: NameRule = (name) =>
  name
    .replace(/\[\w+\]$/, '')
    .split('.')
    .map(nameMistake)
    .find((mistake) => mistake !== undefined)

function verifyInputs(
  verifying: Verifying,
  place: string,
  inputs: Readonly<Record<string, InputField>>,
  named: NameRule = inputMistake,
): void {
  for (const [name, field] of Object.entries(inputs)) {
    const at = `${place}.${name}`
    const bad = named(name)
    if (bad) verifying.add(at, bad)
    verifyInput(verifying, at, field, named)
  }
}

function verifyInput(verifying: Verifying, place: string, field: InputField, named: NameRule = inputMistake): void {
  const { type, fields, items, default: value } = field
  if (type.kind !== 'object') verifyType(verifying, place, type)
  verifyLimits(verifying, place, type, field)
  if (type.kind === 'object' && !fields)
    verifying.add(place, wrong('invalid-declaration', 'An object input says its members', 'Or take json().'))
  if (type.kind === 'array' && !items)
    verifying.add(place, wrong('invalid-declaration', 'An array input says what its items are'))
  if (value !== undefined) {
    const mistake = valueMistake(value, type)
    if (mistake !== undefined) verifying.add(place, wrong('invalid-default', mistake))
  }
  if (fields) verifyInputs(verifying, place, fields, named)
  if (items) verifyInput(verifying, `${place}[]`, items, named)
}
