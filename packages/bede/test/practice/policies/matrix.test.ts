import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  and,
  anyone,
  app,
  choice,
  defineSchema,
  fromActor,
  id,
  link,
  model,
  nobody,
  one,
  ref,
  resources,
  text,
} from '../../../src/index.ts'
import type { Cell } from '../../../src/practice/policies/cell.ts'
import { policyMatrix, type Section } from '../../../src/practice/policies/matrix.ts'
import { desk } from '../../permissions/desk.ts'

const said = (cell: Cell): string => (cell.may === 'when' ? cell.rule : cell.may)

const section = (sections: readonly Section[], model: string | undefined): Section =>
  sections.find((one) => one.model === model) ?? assert.fail(`no section ${model}`)

const cells = ({ roles, operations }: Section, operation: string): Readonly<Record<string, string>> => {
  const row = operations.find((one) => one.operation === operation) ?? assert.fail(operation)
  return Object.fromEntries(roles.map((role, at) => [role, said(row.cells[at] ?? assert.fail())]))
}

const { sections, warnings } = policyMatrix(link(desk()).manifest)

test('each operation is decided for nobody, whoever is signed in, each role and each owner', () => {
  const article = section(sections, 'article')
  const mine = 'row.authorId = actor.id'
  const reviewing = 'row.reviewerId = actor.id'
  assert.deepEqual(article.roles, ['nobody', 'signed in', 'role member', 'role editor', mine, reviewing])
  const free = 'no row.locks where lock.kind = "hard"'
  assert.deepEqual(cells(article, 'article.delete'), {
    nobody: 'no',
    'signed in': `${mine} and (${free})`,
    'role member': `${mine} and (${free})`,
    'role editor': `${mine} and (${free})`,
    [mine]: free,
    [reviewing]: `${mine} and (${free})`,
  })
  assert.equal(cells(article, 'putRating').nobody, 'no')
  assert.equal(cells(article, 'putRating')['role member'], 'no')
  assert.match(cells(article, 'putRating')['role editor'] ?? '', /new\.rating <= 5/)
})

test('a rule is said as briefly as it can be: what another one implies is left out', () => {
  const user = section(sections, 'user')
  assert.deepEqual(cells(user, 'user.update'), {
    nobody: 'no',
    'signed in': '(row.suspended = false or row.id = actor.id) and (row.id = actor.id or actor.role = "editor")',
    'role member': 'row.id = actor.id',
    'role editor': 'row.suspended = false or row.id = actor.id',
    'row.id = actor.id': 'yes',
  })
})

test('fields are what may be read of a row and written by an operation; handlers come last', () => {
  const { roles, fields } = section(sections, 'user')
  const of = (name: string) => {
    const field = fields.find((one) => one.field === name) ?? assert.fail(name)
    return Object.fromEntries(
      roles.map((role, at) => [role, [field.read[at], field.write[at]].map((one) => one && said(one))]),
    )
  }
  assert.deepEqual(of('role'), {
    nobody: ['yes', 'no'],
    'signed in': ['yes', 'actor.role = "editor"'],
    'role member': ['yes', 'no'],
    'role editor': ['yes', 'yes'],
    'row.id = actor.id': ['yes', 'actor.role = "editor"'],
  })
  assert.deepEqual(of('bio')['role member'], ['row.id = actor.id', 'yes'])
  assert.deepEqual(of('password').nobody, ['no', 'no'])
  assert.equal(fields.find(({ field }) => field === 'password')?.private, true)
  assert.deepEqual(of('id')['role editor'], ['yes', 'no'], 'made by the server')
  const handlers = sections.at(-1)
  assert.equal(handlers?.model, undefined)
  assert.ok(handlers?.operations.some(({ operation }) => operation === 'auth.signIn'))
  assert.ok(!sections.some(({ operations }) => operations.some(({ operation }) => operation === 'rate')), 'no address')
})

test('what looks like a mistake is told with its place', () => {
  assert.deepEqual(warnings, [])
  const user = model({ id: id<'user'>() })
  const note = model({
    id: id<'note'>(),
    title: text(),
    state: choice(['open', 'closed'], { default: 'open' }),
    ownerId: ref('user', { optional: true, default: fromActor('id') }),
    owner: one('ownerId'),
  })
  const models = defineSchema({ user, note })
  const actor = { id: ref('user') }
  const { user: Users, note: Notes } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
  const view = Notes.view(({ row }) => ({ id: row.id, title: row.title }))
  const open = app({
    name: 'open',
    schema: models,
    use: {
      all: {
        userPolicy: Users.policy(() => ({ read: anyone })),
        notePolicy: Notes.policy(({ row, actor }) => ({
          read: anyone,
          create: anyone,
          update: row.ownerId.eq(actor.id),
          delete: and(row.title.eq('x'), nobody),
          fields: { state: { write: nobody } },
        })),
        view,
        notes: Notes.expose({ view, operations: ['create', 'update', 'delete'] }),
      },
    },
  })
  assert.deepEqual(policyMatrix(link(open).manifest).warnings, [
    { place: 'note.create', message: 'Anybody may call it, signed in or not, and it writes' },
    { place: 'note.delete', message: 'Nobody may call it' },
    {
      place: 'note.policy.fields.state.write',
      message: 'Nobody may write state, and note.create, note.update take it',
    },
  ])
})
