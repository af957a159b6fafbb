import assert from 'node:assert/strict'
import { atelier } from './support/atelier.ts'
import { bearer } from './support/keyring-siege.ts'
import { type Answered, type Asked, emailOf, onStores, password, type Served, serveApp, test } from './support/siege.ts'
import { inFolder } from './support/studio-siege.ts'
import { tusRequests } from './support/tus-requests.ts'

/**
 * Class 33: what an account keeps, and what it has begun to send, is there in the organization in which it did, and in no
 * other of its own. Nothing but the tenant keeps them apart: the account is the same, and has a right to every row.
 */

/** Somebody who acts in one organization, or in none, and asks as such. */
interface Caller extends ReturnType<typeof tusRequests> {
  readonly organization: string | undefined
  readonly headers: Readonly<Record<string, string>>
  ask(method: string, path: string, asked?: Asked): Promise<Answered>
  /** The same, and it was as if there were nothing, and nothing changed. */
  nothing(method: string, path: string, asked?: Asked): Promise<void>
}

interface AtelierSiege extends Served {
  /** A new organization of somebody, and a session that acts in it. */
  found(as: 'ada' | 'bob', name: string): Promise<Caller>
  /** A session of somebody who acts in none. */
  signIn(as: 'ada' | 'bob'): Promise<Caller>
  /** Whoever shows this credential. */
  caller(credential: string, organization?: string): Caller
  stored(): Promise<readonly string[]>
}

await onStores(
  'files of organizations',
  async (store): Promise<AtelierSiege> => {
    const { files, stored, leave } = await inFolder()
    const served = await serveApp(atelier(), store, { start: { files }, mail: 'elsewhere' })
    const caller: AtelierSiege['caller'] = (credential, organization) => {
      const withIt = ({ headers, ...asked }: Asked = {}): Asked => ({
        ...asked,
        headers: { ...headers, ...bearer(credential) },
      })
      const ask: Caller['ask'] = (method, path, asked) => served.ask(method, path, withIt(asked))
      return {
        ...tusRequests({ ask }),
        organization,
        headers: bearer(credential),
        ask,
        async nothing(method, path, asked) {
          // What goes behind an answer has gone.
          await served.backend.idle()
          const before = await stored()
          await served.refused(404, method, path, withIt(asked))
          await served.backend.idle()
          assert.deepEqual(await stored(), before, `${method} ${path}: something was stored or removed`)
        },
      }
    }
    const signedIn = async (as: 'ada' | 'bob'): Promise<string> => {
      const { json, text } = await served.ask('POST', '/auth/sign-in', { json: { email: emailOf(as), password } })
      return json.token ?? assert.fail(text)
    }
    return {
      ...served,
      stored,
      caller,
      signIn: async (as) => caller(await signedIn(as)),
      async found(as, name) {
        const credential = await signedIn(as)
        const made = await caller(credential).ask('POST', '/auth/organizations', { json: { name } })
        assert.equal(made.status, 201, made.text)
        return caller(credential, made.json.id)
      },
      async close() {
        await served.close()
        await leave()
      },
    }
  },
  (siege) => {
    const made = async ({ ask }: Caller, path: string, json: object): Promise<string> => {
      const { status, json: row, text } = await ask('POST', path, { json })
      assert.ok(status < 300, text)
      return row.id
    }
    const keep = (caller: Caller, words = 'kept') => made(caller, '/kept', { words })
    const read = async ({ ask }: Caller, path: string) => (await ask('GET', path)).text
    const bytes = { 'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream' }
    /** Every request that an upload has, as somebody for whom there is none. */
    const noUpload = async ({ nothing }: Caller, upload: string, offset: number, rest: string) => {
      const headers = { ...bytes, 'Upload-Offset': String(offset) }
      await nothing('HEAD', upload, { headers })
      for (const body of [rest, rest.slice(1)]) await nothing('PATCH', upload, { headers, body })
      await nothing('DELETE', upload, { headers: { 'Tus-Resumable': '1.0.0' } })
    }
    /** Every operation of a kept file, as somebody for whom there is none: `rows` are such as they may give one to. */
    const noFile = async ({ nothing }: Caller, id: string, rows: readonly string[]) => {
      await nothing('GET', `/kept/${id}`)
      await nothing('DELETE', `/kept/${id}`)
      await nothing('POST', `/kept/${id}/links`, { json: {} })
      for (const row of rows) await nothing('POST', `${row}/from/${id}`, { json: {} })
    }
    const apiKey = async (caller: Caller): Promise<Caller> => {
      const scopes = ['kept', 'pictures:read', 'pictures:write', 'papers:read', 'papers:write']
      const { json, text } = await caller.ask('POST', '/auth/keys', { json: { name: 'a key', scopes } })
      return siege().caller(json.key ?? assert.fail(text), caller.organization)
    }
    const actIn = async ({ ask }: Caller, organizationId: string | undefined) => {
      const { status, text } = await ask('POST', '/auth/organizations/switch', { json: { organizationId } })
      assert.ok(status < 300, text)
    }

    test('class 33: what is kept in one organization is not there in another, nor in none, by no operation', async () => {
      const { found, signIn, rows } = siege()
      const [first, second, none] = [await found('ada', 'one'), await found('ada', 'two'), await signIn('ada')]
      await actIn(none, undefined)
      const [inFirst, inSecond] = [await apiKey(first), await apiKey(second)]
      const picture = `/pictures/${await made(first, '/pictures', { title: 'of no organization' })}/image`
      const scan = `/papers/${await made(second, '/papers', { title: 'of the second' })}/scan`
      const kept = await keep(first, 'of the first')
      const loose = await keep(none, 'of none')
      const byKey = await keep(inFirst, 'by a key of the first')
      for (const id of [kept, byKey]) {
        await noFile(second, id, [picture, scan])
        await noFile(inSecond, id, [picture, scan])
        await noFile(none, id, [picture])
      }
      for (const elsewhere of [first, second, inFirst]) await noFile(elsewhere, loose, [picture])
      const told = await rows(
        `select tenant from bede.file where id in ('${kept}', '${byKey}', '${loose}') order by id`,
      )
      const inText = `organization:${first.organization}`
      assert.deepEqual(told.flat(), [inText, null, inText])
      // Where it was kept it is there, for whatever of the account's acts there.
      for (const caller of [first, inFirst]) {
        assert.equal(await read(caller, `/kept/${kept}`), 'of the first')
        assert.equal(await read(caller, `/kept/${byKey}`), 'by a key of the first')
      }
      assert.equal(await read(none, `/kept/${loose}`), 'of none')
      assert.equal(await read(second, `/archive/${kept}`), 'of the first', 'the system sees all')
      assert.equal((await inFirst.ask('DELETE', `/kept/${byKey}`)).status, 204)
      await first.nothing('GET', `/kept/${byKey}`)
      // A row's file is the row's: what decides is who may see the row.
      assert.equal((await first.ask('POST', `${picture}/from/${kept}`, { json: {} })).status, 204)
      for (const caller of [first, second, none, inSecond]) {
        assert.equal(await read(caller, picture), 'of the first')
        assert.equal(await read(caller, `/kept/${kept}`), 'of the first')
      }
    })

    test('an address that was signed in an organization is good for whoever has it', async () => {
      const { found, ask } = siege()
      const [first, second] = [await found('ada', 'one'), await found('ada', 'two')]
      const kept = await keep(first, 'for whoever has the address')
      const { json } = await first.ask('POST', `/kept/${kept}/links`, { json: {} })
      for (const anybody of [first.ask, second.ask, ask])
        assert.equal((await anybody('GET', json.url)).text, 'for whoever has the address')
      await second.nothing('DELETE', `/kept/${kept}`)
      assert.equal((await first.ask('DELETE', `/kept/${kept}`)).status, 204)
      for (const anybody of [first, second]) await anybody.nothing('GET', json.url)
    })

    test('class 33: an upload that began in one organization goes on and ends there, and is nothing elsewhere', async () => {
      const { found, signIn, rows } = siege()
      const [first, second, none] = [await found('ada', 'one'), await found('ada', 'two'), await signIn('ada')]
      await actIn(none, undefined)
      const inSecond = await apiKey(second)
      const picture = `/pictures/${await made(first, '/pictures', { title: 'of no organization' })}/image`
      const upload = await first.begun(undefined, picture, 10)
      const loose = await none.begun(undefined, picture, 10)
      for (const elsewhere of [second, none, inSecond]) await noUpload(elsewhere, upload, 0, 'some words')
      for (const elsewhere of [first, second]) await noUpload(elsewhere, loose, 0, 'some words')
      assert.equal((await first.append(undefined, upload, 0, 'some')).status, 204)
      for (const elsewhere of [second, none, inSecond]) await noUpload(elsewhere, upload, 4, ' words')
      assert.equal(await first.far(undefined, upload), 4)
      assert.equal((await first.append(undefined, upload, 4, ' words')).status, 204)
      assert.equal(await read(first, picture), 'some words')
      // Of one that has ended, too, nothing is told elsewhere.
      for (const elsewhere of [second, none, inSecond]) await noUpload(elsewhere, upload, 10, 'more')
      assert.equal(await first.far(undefined, upload), 10)
      const row = picture.split('/')[2]
      assert.deepEqual(await rows(`select tenant from bede.file where row_id = '${row}'`), [
        [`organization:${first.organization}`],
      ])
      assert.equal((await none.abandon(undefined, loose)).status, 204)
      assert.equal((await first.abandon(undefined, upload)).status, 204)
    })

    test('class 33: a session that goes elsewhere leaves both behind, and finds them when it comes back', async () => {
      const { found } = siege()
      const [first, second] = [await found('ada', 'one'), await found('ada', 'two')]
      const picture = `/pictures/${await made(first, '/pictures', { title: 'of no organization' })}/image`
      const [kept, upload] = [await keep(first), await first.begun(undefined, picture, 4)]
      for (const elsewhere of [second.organization, undefined]) {
        await actIn(first, elsewhere)
        await noFile(first, kept, [picture])
        await noUpload(first, upload, 0, 'word')
      }
      await actIn(first, first.organization)
      assert.equal(await read(first, `/kept/${kept}`), 'kept')
      assert.equal((await first.append(undefined, upload, 0, 'word')).status, 204)
    })

    test('class 33: whoever has left an organization has nothing in it any more', async () => {
      const { found, signIn, rows, ids } = siege()
      const [owner, member] = [await found('ada', 'one'), await signIn('bob')]
      await rows(
        `insert into bede.membership (id, organization_id, account_id, role, created_at) values (gen_random_uuid(), '${owner.organization}', '${ids.bob}', 'member', now())`,
      )
      await actIn(member, owner.organization)
      const picture = `/pictures/${await made(member, '/pictures', { title: 'of no organization' })}/image`
      const [kept, upload] = [await keep(member), await member.begun(undefined, picture, 4)]
      const { json: members } = await owner.ask('GET', '/auth/organizations/members')
      const { id } = members.items.find((one: { accountId: string }) => one.accountId === ids.bob)
      assert.equal((await owner.ask('DELETE', `/auth/organizations/members/${id}`)).status, 204)
      await noFile(member, kept, [picture])
      await noUpload(member, upload, 0, 'word')
      // It was the member's, and never the organization's.
      await noFile(owner, kept, [])
    })

    test('class 33: records from before belong to no organization', async () => {
      const { found, signIn, rows } = siege()
      const [first, none] = [await found('ada', 'one'), await signIn('ada')]
      await actIn(none, undefined)
      const picture = `/pictures/${await made(first, '/pictures', { title: 'of no organization' })}/image`
      const [kept, upload] = [await keep(first), await first.begun(undefined, picture, 4)]
      await rows(`update bede.file set tenant = null where id = '${kept}'`)
      await rows(`update bede.upload set tenant = null where id = '${upload.split('/').at(-1)}'`)
      await noFile(first, kept, [picture])
      await noUpload(first, upload, 0, 'word')
      assert.equal(await read(none, `/kept/${kept}`), 'kept')
      assert.equal((await none.append(undefined, upload, 0, 'word')).status, 204)
      assert.equal((await none.ask('DELETE', `/kept/${kept}`)).status, 204)
    })

    test('what one may keep is counted over all organizations', async () => {
      const { found, refused, rows, ids } = siege()
      const [first, second] = [await found('bob', 'one'), await found('bob', 'two')]
      await rows(`delete from bede.upload where owner_id = '${ids.bob}'`)
      const kept = await keep(first, 'x'.repeat(35_000))
      const json = { words: 'x'.repeat(35_000) }
      const full = () => refused(413, 'POST', '/kept', { json, headers: second.headers })
      await full()
      assert.equal((await first.ask('DELETE', `/kept/${kept}`)).status, 204)
      await keep(second, json.words)
    })
  },
)
