import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  app,
  choice,
  defineSchema,
  email,
  id,
  link,
  model,
  nobody,
  ref,
  resources,
  secret,
  text,
} from '../../src/index.ts'
import { isProblem } from '../../src/telemetry/problem.ts'

const user = model({ id: id<'user'>(), email: email({ unique: true }), password: secret() })
const organization = model({ id: id<'organization'>(), name: text(), seat: text() })

/** Every mistake of an app with these organizations and this actor, with its hint. */
function mistakes(organizations: object, more: object): string {
  const models = defineSchema({ user, organization })
  const actor = { id: ref('user'), ...more }
  const { user: Users, organization: Organizations } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
  const identity = Users.identity({ organizations: organizations as never })
  const [userPolicy, organizationPolicy] = [
    Users.policy(() => ({ read: nobody })),
    Organizations.policy(() => ({ read: nobody })),
  ]
  try {
    link(app({ name: 'firm', schema: models, use: { all: { identity, userPolicy, organizationPolicy } } }))
    return ''
  } catch (error) {
    if (!isProblem(error)) throw error
    return error.details.map(({ message, hint }) => `${message}. ${hint ?? ''}`).join('\n')
  }
}

const told = {
  organizationId: ref('organization', { optional: true }),
  organizationRole: choice(['owner', 'member'], { optional: true }),
}
const roles = ['owner', 'member']
const create = ['name', 'seat']

test('organizations that could not work are refused, with what to write instead', () => {
  assert.equal(mistakes({ roles, create }, told), '')
  const cases: [object, object, RegExp][] = [
    [{ roles: ['owner'], create }, told, /the roles are \["owner"\].*the strongest first/],
    [{ roles: ['owner', 'owner'], create }, told, /two or more different ones/],
    [{ roles, create, model: 'organisation' }, told, /no model 'organisation'.*Perhaps you meant 'organization'/],
    [{ roles, create: ['name', 'seats'] }, told, /no field 'seats'.*Perhaps you meant 'seat'/],
    [{ roles }, told, /without seat.*create: \['name', 'seat'\]/],
    [{ roles, create, invitations: { lasts: 'soon' } }, told, /invitations\.lasts is 'soon'.*'7d'/],
    [{ roles, create }, {}, /organizationId: ref\('organization', \{ optional: true \}\)/],
    [{ roles, create }, {}, /organizationRole: choice\(\['owner', 'member'\], \{ optional: true \}\)/],
    [{ roles, create }, { ...told, organizationId: ref('user', { optional: true }) }, /ref\('organization'/],
    [
      { roles, create },
      { ...told, organizationRole: choice(['owner'], { optional: true }) },
      /choice\(\['owner', 'member'\]/,
    ],
    [{ roles, create }, { ...told, organizationRole: choice(['owner', 'member']) }, /optional: true/],
  ]
  for (const [organizations, more, expected] of cases) assert.match(mistakes(organizations, more), expected)
})
