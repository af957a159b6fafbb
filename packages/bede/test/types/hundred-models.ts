/** A backend of `count` models in a ring, each in a file of its own with its policy, views, actions and exposure. */
export const hundredModels = (count: number): Record<string, string> => {
  const name = (n: number) => `thing${(n + count) % count}`
  const resource = (n: number) => `Thing${(n + count) % count}`
  const files: Record<string, string> = {}
  for (let n = 0; n < count; n++) {
    const [own, next, before] = [name(n), name(n + 1), name(n - 1)]
    files[`models/${own}.ts`] =
      `import { bool, choice, decimal, id, integer, many, model, one, ref, slug, text, timestamp } from 'bede'
export const ${own} = model({
  id: id<'${own}'>(),
  slug: slug({ unique: true }),
  title: text({ min: 1, max: 120 }),
  body: text({ optional: true }),
  status: choice(['draft', 'open', 'done'], { default: 'draft' }),
  score: integer({ default: 0, min: 0 }),
  price: decimal({ optional: true, precision: 12, scale: 2 }),
  pinned: bool({ default: false }),
  createdAt: timestamp({ default: 'now' }),
  updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
  nextId: ref('${next}'),
  next: one('nextId'),
  befores: many('${before}', 'nextId'),
}, { index: [['status', 'createdAt']] })
`
    files[`services/${own}.ts`] = `import { and, concat, integer, or, text } from 'bede'
import { ${resource(n)}, ${resource(n + 1)} } from '../models/index.ts'
export const ${own}Policy = ${resource(n)}.policy(({ row, actor }) => ({
  read: or(row.status.eq('open'), row.next.title.eq('x')),
  create: actor.role.eq('editor'),
  update: and(row.score.gt(1), row.befores.some((b) => b.pinned.eq(true))),
}))
export const ${own}View = ${resource(n)}.view(({ row }) => ({
  id: row.id, slug: row.slug, title: row.title, label: concat(row.title, ' ', row.score), body: row.body, status: row.status,
  next: { title: row.next.title, after: row.next.next.slug },
  befores: row.befores.list((b) => ({ title: b.title, count: b.befores.count() }), { order: (b) => b.createdAt.desc(), limit: 5 }),
}))
export const ${own}Open = ${resource(n)}.action({
  input: { note: text({ optional: true }), by: integer({ default: 1 }) },
  where: ({ row }) => row.status.eq('draft'),
  set: ({ row, input }) => ({ status: 'open', score: row.score.plus(input.by), body: input.note }),
  answers: ${own}View,
})
export const ${own}Add = ${resource(n)}.action({
  input: { title: text() },
  create: ({ input }) => ({ title: input.title, slug: input.title.slugify(), nextId: ${resource(n + 1)}.one((x) => x.slug.eq('a')).id }),
  answers: ${own}View,
})
export const ${own}Api = ${resource(n)}.expose({
  view: ${own}View, operations: ['list', 'get', 'create', 'update', 'delete', ${own}Open], filter: ['status', 'next.slug'], sort: ['createdAt'],
})
`
  }
  const names = Array.from({ length: count }, (_, n) => name(n))
  files['models/index.ts'] = `import { type ActorOf, choice, defineSchema, ref, resources } from 'bede'
${names.map((own) => `import { ${own} } from './${own}.ts'`).join('\n')}
export const models = defineSchema({ ${names.join(', ')} })
export const actor = { id: ref('thing0'), role: choice(['member', 'editor']) }
type Models = typeof models
export interface Things extends Models {}
export interface Actor extends ActorOf<typeof actor> {}
export const { ${names.map((own, n) => `${own}: ${resource(n)}`).join(', ')} } = resources<Things, Actor>(models, actor)
`
  return files
}
