import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes the sources of a backend with `models` models into `folder`: each with ten fields, a relation to the one
 * before, a policy, a view and ten operations reached over HTTP. What a large app costs is measured on it.
 */
export function generateApp(folder: string, models: number): void {
  mkdirSync(join(folder, 'models'), { recursive: true })
  mkdirSync(join(folder, 'services'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "name": "generated", "private": true, "type": "module" }\n')
  const names = Array.from({ length: models }, (_, index) => `thing${index}`)
  for (const [index, name] of names.entries()) {
    writeFileSync(join(folder, 'models', `${name}.ts`), modelText(index, name))
    writeFileSync(join(folder, 'services', `${name}.ts`), serviceText(index, name))
  }
  writeFileSync(join(folder, 'models', 'index.ts'), indexText(names))
  writeFileSync(join(folder, 'app.ts'), appText(names))
}

const capital = (name: string): string => name[0]?.toUpperCase() + name.slice(1)

const modelText = (index: number, name: string): string => `
import { bool, choice, decimal, id, integer, many, model, one, ref, text, timestamp } from 'bede'

export const ${name} = model({
  id: id<'${name}'>(),
  title: text({ min: 1, max: 120 }),
  body: text({ optional: true, max: 10_000 }),
  status: choice(['draft', 'published'], { default: 'draft' }),
  amount: integer({ default: 0, min: 0 }),
  price: decimal({ precision: 12, scale: 2, optional: true }),
  open: bool({ default: true }),
  createdAt: timestamp({ default: 'now' }),
  updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
  ownerId: ref('thing0'${index === 0 ? ', { optional: true }' : ''}),
  owner: one('ownerId'),
  ${index === 0 ? `owned: many('thing0', 'ownerId'),` : ''}
}, { index: [['status'], ['createdAt'], ['title']] })
`

const serviceText = (index: number, name: string): string => {
  const Model = capital(name)
  return `
import { or } from 'bede'
import { ${Model} } from '../models/index.ts'

export const ${name}Policy = ${Model}.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: or(row.status.eq('published'), mine), create: mine, update: mine, delete: mine }
})

export const ${name}View = ${Model}.view(({ row }) => ({
  id: row.id,
  title: row.title,
  status: row.status,
  amount: row.amount,
  price: row.price,
  createdAt: row.createdAt,
  ${index === 0 ? 'owned: row.owned.count(),' : 'owner: row.owner.title,'}
}))

export const ${name}Publish = ${Model}.action({
  where: ({ row }) => row.status.eq('draft'),
  set: () => ({ status: 'published' }),
  answers: ${name}View,
})

export const ${name}Api = ${Model}.expose({
  path: '/${name}',
  view: ${name}View,
  operations: ['list', 'get', 'create', 'update', 'delete', 'createMany', 'updateMany', 'deleteMany', ${name}Publish],
  filter: ['status', 'ownerId', 'title'],
  sort: ['createdAt', 'title'],
})
`
}

const indexText = (names: readonly string[]): string => `
import { type ActorOf, defineSchema, ref, resources, verbs } from 'bede'
${names.map((name) => `import { ${name} } from './${name}.ts'`).join('\n')}

export const models = defineSchema({ ${names.join(', ')} })
const actor = { id: ref('thing0') }
type Models = typeof models
export interface Generated extends Models {}
export interface Actor extends ActorOf<typeof actor> {}
export const { ${names.map((name) => `${name}: ${capital(name)}`).join(', ')} } = resources<Generated, Actor>(models, actor)
export const { route } = verbs<Actor>(actor)
`

const appText = (names: readonly string[]): string => `
import { app } from 'bede'
import { models, route } from './models/index.ts'
${names.map((name) => `import * as ${name} from './services/${name}.ts'`).join('\n')}

const routes = {
${names.map((name) => `  get${capital(name)}: route('GET /read/${name}/:id', { auth: 'optional', params: {}, answers: ({ params }) => ({ found: ${name}.${name}View.maybe((row) => row.title.eq(params.id)) }) }),`).join('\n')}
}

export default app({ name: 'generated', schema: models, use: { routes, ${names.join(', ')} } })
`
