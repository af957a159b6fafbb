import {
  type ActorOf,
  anyone,
  app,
  choice,
  defineSchema,
  id,
  json,
  model,
  ref,
  resources,
  text,
} from '../../../src/index.ts'

const defaults = {
  quoted: "'); drop table thing; --",
  called: 'now()',
  dollar: '$1 $$ $x$ $x$',
  escaped: "\\' E'\\x27' \\",
  settings: { isRaw: true, sql: "'); drop table thing; --", $raw: 'now()' },
  chosen: "it's",
}

/** An app whose defaults look like SQL. */
export const hostile = () => {
  const user = model({ id: id<'user'>() })
  const thing = model({
    id: id<'thing'>(),
    quoted: text({ default: defaults.quoted }),
    called: text({ default: defaults.called }),
    dollar: text({ default: defaults.dollar }),
    escaped: text({ default: defaults.escaped }),
    settings: json({ default: defaults.settings }),
    chosen: choice(["it's", "');--"], { default: "it's" }),
  })
  const models = defineSchema({ user, thing })
  const actor = { id: ref('user') }
  const { user: Users, thing: Things } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
  const userPolicy = Users.policy(() => ({}))
  const thingPolicy = Things.policy(() => ({ read: anyone, create: anyone }))
  const view = Things.view(({ row }) => ({
    quoted: row.quoted,
    called: row.called,
    dollar: row.dollar,
    escaped: row.escaped,
    settings: row.settings,
    chosen: row.chosen,
  }))
  const things = Things.expose({ view, operations: ['create'] })
  return {
    app: app({ name: 'hostile', schema: models, use: { all: { userPolicy, thingPolicy, view, things } } }),
    defaults,
  }
}

const named = (modelName: string, field: string) => () => {
  const user = model({ id: id<'user'>() })
  const thing = model({ id: id<'thing'>(), [field]: text() })
  const models = defineSchema({ user, [modelName]: thing } as { user: typeof user; thing: typeof thing })
  const actor = { id: ref('user') }
  const all = resources<typeof models, ActorOf<typeof actor>>(models, actor)
  const userPolicy = all.user.policy(() => ({}))
  return app({ name: 'misnamed', schema: models, use: { all: { userPolicy } } })
}

/** Apps with names that would be something else in a statement, an address or a prototype. */
export const misnamed = [
  named('thing"; drop table note; --', 'name'),
  named('thing', 'name" text); drop table note; --'),
  named('thing', "na'me"),
  named('thing', 'na\u0000me'),
  named('bede_session', 'name'),
  named('thing', '__proto__x.y'),
  named('thing', 'a b'),
  named('thing', '$item'),
]

const members = [
  "a'b",
  'a\\',
  "\\'); drop table thing; --",
  '$$',
  '"',
  'a\nb',
  '%s',
  '$1',
  ',',
  '{a,b}',
  'null',
  '0',
  ' ',
]

/** An app whose documents have members that look like SQL, each shown, indexed, set and taken away. */
export const membered = () => {
  const properties = Object.fromEntries(members.map((name) => [name, { type: 'string' }]))
  const settings = json({ schema: { type: 'object', properties }, default: {} })
  const user = model({ id: id<'user'>() })
  const thing = model(
    { id: id<'thing'>(), settings },
    { index: members.map((name): [never] => [`settings.${name}` as never]) },
  )
  const models = defineSchema({ user, thing })
  const actor = { id: ref('user') }
  const all = resources<typeof models, ActorOf<typeof actor>>(models, actor)
  const userPolicy = all.user.policy(() => ({}))
  const thingPolicy = all.thing.policy(() => ({ read: anyone, create: anyone, update: anyone }))
  const at = (settings: { at(name: never): unknown }) =>
    Object.fromEntries(members.map((name, n) => [`m${n}`, settings.at(name as never)])) as Record<string, never>
  const view = all.thing.view(({ row }) => ({ id: row.id, ...at(row.settings) }))
  const things = all.thing.expose({ view, operations: ['create'] })
  return {
    app: app({ name: 'membered', schema: models, use: { all: { userPolicy, thingPolicy, view, things } } }),
    members,
  }
}
