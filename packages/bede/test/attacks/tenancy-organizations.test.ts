import assert from 'node:assert/strict'
import { anyone, app, defineSchema, id, model, ref, resources, sendFile, text, verbs } from '../../src/index.ts'
import { credentialsChanged } from '../../src/plan/credentials.ts'
import { account } from '../support/account.ts'
import { type Actor, actor, roles } from './support/organization-actor.ts'
import { emailOf, type Name, onStores, password, type Served, serveApp, test } from './support/siege.ts'
import { inFolder } from './support/studio-siege.ts'

/** Tenants that are the organizations in which sessions act: who is in which changes while they last. */

const user = model(account)
const organization = model({ id: id<'organization'>(), name: text({ min: 1, max: 40 }) })
const project = model(
  { id: id<'project'>(), organizationId: ref('organization'), slug: text({ unique: true, min: 1, max: 40 }) },
  { tenant: 'organizationId' },
)
const models = defineSchema({ user, organization, project })
interface Models extends Readonly<typeof models> {}
const { user: Users, organization: Organizations, project: Projects } = resources<Models, Actor>(models, actor)

const firms = () => {
  const projectView = Projects.view(({ row }) => ({ id: row.id, slug: row.slug }))
  const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle }))
  const all = {
    userPolicy: Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) })),
    organizationPolicy: Organizations.policy(({ row, actor }) => ({ read: row.id.eq(actor.organizationId) })),
    projectPolicy: Projects.policy(() => ({ read: anyone, create: anyone, update: anyone })),
    accountView,
    projectView,
    identity: Users.identity({ register: ['handle'], view: accountView, organizations: { roles } }),
    projects: Projects.expose({ view: projectView, operations: ['list', 'get', 'create', 'upsert'] }),
  }
  return app({ name: 'firms', schema: models, use: { all } })
}

interface Firms extends Served {
  readonly ours: string
  readonly theirs: string
}

/** Ada and Bob have an organization each; Bob is a member of Ada's too, and Eve of none. */
async function open(store: Parameters<Parameters<typeof onStores>[1]>[0]): Promise<Firms> {
  const served = await serveApp(firms(), store, { development: true }) // where mails are taken by nobody
  const { ask, rows, ids, backend } = served
  const found = async (as: Name): Promise<string> => {
    const made = await ask('POST', '/auth/organizations', { as, json: { name: `of ${as}` } })
    assert.equal(made.status, 201, made.text)
    const first = await ask('POST', '/projects', { as, json: { slug: `of-${as}` } })
    assert.equal(first.status, 201, first.text)
    return made.json.id
  }
  const [ours, theirs] = [await found('ada'), await found('bob')]
  await rows(
    `insert into bede.membership (id, organization_id, account_id, role) values (gen_random_uuid(), '${ours}', '${ids.bob}', 'member')`,
  )
  await backend.hearing.changed([credentialsChanged])
  return { ...served, ours, theirs }
}

await onStores('tenants that are organizations', open, (firms) => {
  const slugs = async (headers: Record<string, string>) =>
    (await firms().ask('GET', '/projects', { headers })).json.items.map(({ slug }: { slug: string }) => slug)
  const signedIn = async (name: Name): Promise<Record<string, string>> => {
    const made = await firms().ask('POST', '/auth/sign-in', { json: { email: emailOf(name), password } })
    assert.equal(made.status, 200, made.text)
    return { Authorization: `Bearer ${made.json.token}` }
  }
  const switchTo = async (headers: Record<string, string>, organizationId: string | undefined, status = 200) => {
    const answer = await firms().ask('POST', '/auth/organizations/switch', {
      headers,
      json: organizationId === undefined ? {} : { organizationId },
    })
    assert.ok(answer.status === status || (status === 200 && answer.status === 204), answer.text)
  }

  test('class 35: two sessions of one account act in two tenants at once, and neither sees the other’s', async () => {
    const { ours, theirs, ask } = firms()
    const [here, there] = [await signedIn('bob'), await signedIn('bob')]
    await switchTo(here, ours)
    await switchTo(there, theirs)
    const looks = Array.from({ length: 60 }, async (_, n) => {
      const [headers, own] = n % 2 ? [here, 'of-ada'] : [there, 'of-bob']
      assert.deepEqual(await slugs(headers), [own])
    })
    await Promise.all(looks)
    const key = { 'Idempotency-Key': 'both' }
    const made = [here, there].map((headers) =>
      ask('POST', '/projects', { headers: { ...headers, ...key }, json: { slug: 'both' } }),
    )
    const [one, two] = await Promise.all(made)
    assert.deepEqual([one?.status, two?.status], [201, 201])
    assert.notEqual(one?.json.id, two?.json.id)
    for (const [headers, id] of [
      [here, two?.json.id],
      [there, one?.json.id],
    ] as const)
      assert.equal((await ask('GET', `/projects/${id}`, { headers })).status, 404)
    await firms().rows(`delete from project where slug = 'both'`)
  })

  test('class 32: nobody acts in an organization that is not theirs, and in none there is nothing', async () => {
    const { ask, ours, refused } = firms()
    const eve = await signedIn('eve')
    assert.deepEqual(await slugs(eve), [])
    await switchTo(eve, ours, 404)
    assert.deepEqual(await slugs(eve), [])
    const { json } = await refused(403, 'POST', '/projects', { headers: eve, json: { slug: 'x' } })
    assert.equal(json.code, 'no-tenant')
    const ada = await signedIn('ada')
    await switchTo(ada, undefined)
    assert.deepEqual(await slugs(ada), [])
    assert.equal((await ask('PUT', '/projects/by/slug/of-ada', { headers: ada, json: {} })).status, 403)
  })

  test('class 33: a session whose account is no member any more sees nothing of the tenant', async () => {
    const { ask, ours, theirs, ids, refused } = firms()
    const bob = await signedIn('bob')
    await switchTo(bob, ours)
    assert.deepEqual(await slugs(bob), ['of-ada'])
    const members = await ask('GET', '/auth/organizations/members', { as: 'ada' })
    const { id } = members.json.items.find(({ accountId }: { accountId: string }) => accountId === ids.bob) ?? {}
    const removed = await ask('DELETE', `/auth/organizations/members/${id}`, { as: 'ada' })
    assert.equal(removed.status, 204, removed.text)
    assert.deepEqual(await slugs(bob), [])
    await refused(403, 'POST', '/projects', { headers: bob, json: { slug: 'x' } })
    await switchTo(bob, ours, 404)
    await switchTo(bob, theirs)
    assert.deepEqual(await slugs(bob), ['of-bob'])
  })

  test('class 124: what moves a session to another tenant is done once under one key', async () => {
    const headers = { ...(await signedIn('eve')), 'Idempotency-Key': 'founded' }
    const found = () => firms().ask('POST', '/auth/organizations', { headers, json: { name: 'of eve' } })
    const [first, again] = [await found(), await found()]
    assert.deepEqual([first.status, again.status], [201, 201], again.text)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    assert.equal(again.json.id, first.json.id)
    const [[count] = []] = await firms().rows("select count(*) from organization where name = 'of eve'")
    assert.equal(Number(count), 1)
  })
})

/** Accounts in organizations whose app has no rows of tenants: a handler keeps what they say. */
const club = () => {
  const models = defineSchema({ user, organization })
  const { user: Users, organization: Organizations } = resources<typeof models, Actor>(models, actor)
  const { route } = verbs<Actor>(actor)
  const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle }))
  const all = {
    userPolicy: Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) })),
    organizationPolicy: Organizations.policy(() => ({})),
    accountView,
    identity: Users.identity({ register: ['handle'], view: accountView, organizations: { roles } }),
    keep: route('POST /kept', {
      output: { id: text() },
      run: async ({ files, actor }) => {
        const words = `kept in ${actor.organizationId ?? 'none'}`
        return { id: (await files.put(Buffer.from(words), { types: ['text/plain'], max: '1kb' })).id }
      },
    }),
    open: route('GET /kept/:id', { run: async ({ params, files }) => sendFile(await files.open({ id: params.id })) }),
  }
  return app({ name: 'club', schema: models, files: {}, use: { all } })
}

await onStores(
  'organizations without rows of tenants',
  async (store) => {
    const { files, leave } = await inFolder()
    const served = await serveApp(club(), store, { development: true, start: { files } })
    return {
      ...served,
      async close() {
        await served.close()
        await leave()
      },
    }
  },
  (club) => {
    test('class 33: what was kept in one of them is neither answered nor there in another', async () => {
      const { ask, refused } = club()
      const keep = () => ask('POST', '/kept', { as: 'ada', headers: { 'Idempotency-Key': 'the-same' } })
      const made: { readonly organization: string; readonly id: string }[] = []
      for (const name of ['one', 'two']) {
        const { id: organization } = (await ask('POST', '/auth/organizations', { as: 'ada', json: { name } })).json
        const [first, again] = [await keep(), await keep()]
        assert.equal(first.status, 200, first.text)
        assert.equal(first.headers.get('idempotent-replayed'), null, `in ${name} it is something new`)
        assert.equal(again.headers.get('idempotent-replayed'), 'true')
        assert.equal(again.json.id, first.json.id)
        made.push({ organization, id: first.json.id })
      }
      const [one, two] = made
      assert.ok(one && two)
      assert.equal((await ask('GET', `/kept/${two.id}`, { as: 'ada' })).text, `kept in ${two.organization}`)
      await refused(404, 'GET', `/kept/${one.id}`, { as: 'ada' })
    })

    test('class 33: an invitation that was answered in one of them is not taken for one in another', async () => {
      const { ask, rows } = club()
      const invite = () =>
        ask('POST', '/auth/organizations/invitations', {
          as: 'bob',
          json: { email: 'new@example.com', role: 'member' },
          headers: { 'Idempotency-Key': 'the-same' },
        })
      const invited: string[] = []
      for (const name of ['one', 'two']) {
        const make = () =>
          ask('POST', '/auth/organizations', { as: 'bob', json: { name }, headers: { 'Idempotency-Key': name } })
        // To make one is to act in it, and still the key is known when it comes again.
        const [made, madeAgain] = [await make(), await make()]
        assert.equal(made.status, 201, made.text)
        assert.equal(madeAgain.headers.get('idempotent-replayed'), 'true')
        assert.equal(madeAgain.json.id, made.json.id)
        const [first, again] = [await invite(), await invite()]
        assert.equal(first.status, 202, first.text)
        assert.equal(first.headers.get('idempotent-replayed'), null, `in ${name} nobody was invited`)
        assert.equal(again.headers.get('idempotent-replayed'), 'true')
        invited.push(made.json.id)
      }
      assert.deepEqual(
        (await rows('select organization_id::text from bede.invitation')).flat().sort(),
        invited.toSorted(),
      )
    })
  },
)
