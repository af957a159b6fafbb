import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { testStores } from '../support/stores.ts'
import { clinic } from './support/clinic.ts'
import { type Answered, type Served, serveApp } from './support/siege.ts'

/** What is kept encrypted: written and read in every way there is, and taken out of its place. */

const secrets = { current: randomBytes(32).toString('base64url') }
const canary = {
  number: 'canary-number-4711',
  mail: 'canary-mail@example.com',
  page: 'https://canary-page.example/',
  diagnosis: 'canary-diagnosis "quoted" \\ \u2028 é',
  chart: { blood: 'canary-blood', list: [1.5, 'canary-in-list', { deep: 'canary-deep' }] },
  finding: 'canary-finding',
} as const

for (const store of await testStores()) {
  describe(`encrypted fields, on ${store.name}`, { skip: store.skip }, () => {
    let served: Served | undefined
    const siege = (): Served => served ?? assert.fail('nothing is served before its tests')
    const ask: Served['ask'] = (...asked) => siege().ask(...asked)
    before(async () => {
      served = await serveApp(clinic(), store, { start: { secrets, mail: 'elsewhere' } })
    })
    after(() => served?.close())

    let count = 0
    const admit = async (data: object = {}): Promise<Answered['json']> => {
      const made = await ask('POST', '/patients', {
        as: 'ada',
        json: { name: `patient ${++count}`, number: `n-${count}`, ...data },
      })
      assert.equal(made.status, 201, made.text)
      return made.json
    }
    const column = async (id: string, name: string): Promise<string | null> =>
      (await siege().rows(`select ${name} from patient where id = '${id}'`))[0]?.[0] ?? null
    const set = (id: string, name: string, sql: string) =>
      siege().rows(`update patient set ${name} = ${sql} where id = '${id}'`)
    const clear = /canary/
    /** Nothing of it is in clear, in any table of the database. */
    const closed = async () => {
      const all = await siege().everything()
      assert.doesNotMatch(all.replaceAll('.canary@example.com', ''), clear)
    }

    test('what is created, changed, listed and nested comes back as it was sent, and is nowhere in clear', async () => {
      const { finding, ...data } = canary
      const made = await admit({ ...data, visits: [{ finding }, { finding: `${finding} 2`, minutes: 3 }] })
      const whole = { ...data, visits: [finding, `${finding} 2`] }
      const shown = ({ visits, ...row }: Answered['json']) => {
        const { number, mail, page, diagnosis, chart } = row
        const found = visits.map((one: { finding: string }) => one.finding)
        return { number, mail, page, diagnosis, chart, visits: found }
      }
      assert.deepEqual(shown(made), whole)
      assert.deepEqual(shown((await ask('GET', `/patients/${made.id}`, { as: 'ada' })).json), whole)
      const listed = (await ask('GET', '/patients?limit=100', { as: 'ada' })).json.items
      assert.deepEqual(shown(listed.find(({ id }: { id: string }) => id === made.id)), whole)
      const changed = await ask('PATCH', `/patients/${made.id}`, {
        as: 'ada',
        json: { diagnosis: 'canary-second', chart: null },
      })
      assert.deepEqual(shown(changed.json), { ...whole, diagnosis: 'canary-second', chart: null })
      const [visit] = changed.json.visits
      const nested = await ask('PATCH', `/patients/${made.id}`, {
        as: 'ada',
        json: { visits: { update: [{ id: visit.id, finding: 'canary-third' }], create: [{ finding: 'canary-new' }] } },
      })
      assert.deepEqual(nested.json.visits.map((one: { finding: string }) => one.finding).sort(), [
        'canary-finding 2',
        'canary-new',
        'canary-third',
      ])
      const visitNow = await ask('GET', `/visits/${visit.id}`, { as: 'ada' })
      assert.deepEqual([visitNow.json.finding, visitNow.json.of], ['canary-third', canary.number])
      await closed()
    })

    test('bulks seal each row for itself, and an outcome holds no value', async () => {
      const items = [1, 2, 3].map((n) => ({
        name: `bulk ${n}`,
        number: `canary-bulk-${n}`,
        ...(n === 2 ? {} : { diagnosis: `canary ${n}` }),
      }))
      const made = await ask('POST', '/patients/batch', { as: 'ada', json: { items } })
      assert.deepEqual(
        made.json.map((one: { status: string }) => one.status),
        ['created', 'created', 'created'],
      )
      assert.doesNotMatch(made.text, clear)
      const ids: string[] = made.json.map((one: { id: string }) => one.id)
      const changes = [
        { id: ids[0], diagnosis: 'canary changed', room: 4 },
        { id: ids[1], number: 'canary-bulk-two' },
        { id: ids[2], room: 5 },
      ]
      const changed = await ask('PATCH', '/patients/batch', { as: 'ada', json: { items: changes } })
      assert.deepEqual(
        changed.json.map((one: { status: string }) => one.status),
        ['updated', 'updated', 'updated'],
        changed.text,
      )
      const now = await Promise.all(ids.map(async (id) => (await ask('GET', `/patients/${id}`, { as: 'ada' })).json))
      assert.deepEqual(
        now.map(({ number, diagnosis, room }) => [number, diagnosis, room]),
        [
          ['canary-bulk-1', 'canary changed', 4],
          ['canary-bulk-two', null, 0],
          ['canary-bulk-3', 'canary 3', 5],
        ],
      )
      await closed()
    })

    test('an upsert seals for the row that is there, which nobody has named by its id', async () => {
      const put = (code: string, json: object) => ask('PUT', `/devices/by/code/${code}`, { as: 'bob', json })
      const first = await put('d1', { serial: 'canary-serial-1' })
      assert.deepEqual([first.status, first.json.serial], [201, 'canary-serial-1'], first.text)
      const second = await put('d1', { serial: 'canary-serial-2', place: 'cellar' })
      assert.deepEqual(
        [second.status, second.json.id, second.json.serial],
        [200, first.json.id, 'canary-serial-2'],
        second.text,
      )
      assert.equal((await ask('GET', `/devices/${first.json.id}`, { as: 'bob' })).json.serial, 'canary-serial-2')
      const race = await Promise.all(Array.from({ length: 8 }, (_, n) => put('raced', { serial: `canary-raced-${n}` })))
      for (const { status, text } of race) assert.ok(status === 200 || status === 201 || status === 409, text)
      const [raced] = (await ask('GET', '/devices?limit=100', { as: 'bob' })).json.items.filter(
        (one: { code: string }) => one.code === 'raced',
      )
      assert.match(raced.serial, /^canary-raced-\d$/)
      await closed()
    })

    test('actions and handlers write and read it, and find by it', async () => {
      const { id } = await admit()
      const done = await ask('POST', `/patients/${id}/diagnose`, { as: 'ada', json: { diagnosis: 'canary-by-action' } })
      assert.equal(done.json.diagnosis, 'canary-by-action', done.text)
      const phone = await ask('PUT', '/api/phone', { as: 'ada', json: { phone: '+49 canary 1' } })
      assert.deepEqual(phone.json, { phone: '+49 canary 1' }, phone.text)
      assert.equal((await ask('GET', '/auth/me', { as: 'ada' })).json.phone, '+49 canary 1')
      const names = await ask('POST', '/api/admit', { as: 'ada', json: { names: 'x,y', diagnosis: 'canary-h' } })
      assert.deepEqual(names.json, { numbers: 'N-x canary-h;N-y canary-h' }, names.text)
      await closed()
    })

    test('views rename it, nest it and reach it through relations; a cached one gives the same twice', async () => {
      const { number } = await admit({
        number: 'canary-card',
        mail: 'canary-card@example.com',
        chart: { blood: 'canary' },
      })
      await ask('PUT', '/api/phone', { as: 'ada', json: { phone: '+49 canary 2' } })
      const card = {
        is: number,
        nested: { deeper: { called: 'canary-card@example.com', doctor: '+49 canary 2' } },
        hasChart: true,
      }
      for (const _ of [1, 2]) {
        assert.deepEqual((await ask('GET', `/api/cards/${number}`, { as: 'ada' })).json, { card })
        const { cards } = (await ask('GET', '/api/cards', { as: 'ada' })).json
        assert.deepEqual(
          cards.find(({ is }: { is: string }) => is === number),
          card,
        )
      }
    })

    test('it is found by its whole value where search says so, by nothing else, and by nobody who may not see the row', async () => {
      const { id } = await admit({ number: 'canary-found', mail: 'Canary-Found@Example.com' })
      const found = async (query: string, as: 'ada' | 'bob' = 'ada') =>
        (await ask('GET', `/patients?${query}`, { as })).json.items.map((one: { id: string }) => one.id)
      assert.deepEqual(await found('number=canary-found'), [id])
      assert.deepEqual(await found('number[in]=other,canary-found'), [id])
      assert.deepEqual(await found('mail=CANARY-FOUND@example.COM'), [id], 'an address is one in any case')
      assert.deepEqual(await found('number=canary-foun'), [])
      assert.deepEqual(await found('number=canary-found', 'bob'), [])
      assert.ok((await found('mail[isNull]=true&limit=100')).length > 0)
      for (const query of [
        'number[ne]=x',
        'number[contains]=canary',
        'number[startsWith]=c',
        'number[gt]=a',
        'diagnosis=x',
        'chart=x',
        'hidden=x',
        'sort=number',
        'sort=diagnosis',
        'visits.finding=x',
      ])
        await siege().refused(400, 'GET', `/patients?${query}`, { as: 'ada' })
    })

    test('a unique value is one, whoever writes it, although no two rows hold the same text', async () => {
      await admit({ number: 'only once' })
      for (const [method, path] of [['POST', '/patients'] as const]) {
        const again = await ask(method, path, { as: 'bob', json: { name: 'again', number: 'only once' } })
        assert.deepEqual([again.status, again.json.code], [409, 'already-exists'], again.text)
        assert.doesNotMatch(again.text, /only once/)
      }
      const other = await admit()
      const changed = await ask('PATCH', `/patients/${other.id}`, { as: 'ada', json: { number: 'only once' } })
      assert.equal(changed.status, 409)
      const [one, two] = [await admit({ diagnosis: 'the same' }), await admit({ diagnosis: 'the same' })]
      assert.notEqual(await column(one.id, 'diagnosis'), await column(two.id, 'diagnosis'))
    })

    test('field rules hold: who may not read it gets null, who may not write it a 403', async () => {
      const { id } = await admit({ diagnosis: 'canary-ruled' })
      const seen = await ask('GET', `/patients/${id}`, { as: 'eve' })
      assert.deepEqual([seen.status, seen.json.diagnosis], [200, null])
      await siege().refused(404, 'GET', `/patients/${id}`, { as: 'bob' })
      await siege().refused([403, 404], 'PATCH', `/patients/${id}`, { as: 'eve', json: { diagnosis: 'x' } })
    })

    test('limits hold before it is encrypted, and what cannot be stored is refused', async () => {
      for (const [json, statuses] of [
        [{ number: 'x'.repeat(41) }, [422]],
        [{ mail: 'no address' }, [422]],
        [{ page: 'ftp://x' }, [422]],
        [{ chart: { blood: 1 } }, [422]],
        [{ diagnosis: 'nul \u0000' }, [400, 422]],
        [{ diagnosis: { $ne: null } }, [400]],
        [{ number: null }, [400, 422]],
      ] as const) {
        const answer = await ask('POST', '/patients', { as: 'ada', json: { name: 'x', number: 'limit', ...json } })
        assert.ok(
          statuses.some((status) => status === answer.status),
          `${JSON.stringify(json)}: ${answer.text}`,
        )
      }
    })

    test('the entity tag is that of the row as it is stored: If-Match and If-None-Match go by it', async () => {
      const { id } = await admit({ diagnosis: 'one' })
      const read = await ask('GET', `/patients/${id}`, { as: 'ada' })
      const etag = read.headers.get('etag') ?? ''
      const match = (tag: string) => ({ as: 'ada' as const, headers: { 'If-Match': tag } })
      assert.equal((await ask('GET', `/patients/${id}`, { as: 'ada', headers: { 'If-None-Match': etag } })).status, 304)
      const changed = await ask('PATCH', `/patients/${id}`, { ...match(etag), json: { diagnosis: 'two' } })
      assert.equal(changed.status, 200, changed.text)
      assert.equal(
        (await ask('PATCH', `/patients/${id}`, { ...match(etag), json: { diagnosis: 'three' } })).status,
        412,
      )
      const next = changed.headers.get('etag') ?? ''
      assert.equal(
        (await ask('PATCH', `/patients/${id}`, { ...match(next), json: { diagnosis: 'three' } })).status,
        200,
      )
    })

    test('a repeated request is answered as the first was, and the answer is not kept in clear', async () => {
      const twice = async (method: string, path: string, json: object) => {
        const headers = { 'Idempotency-Key': randomBytes(9).toString('hex') }
        const [first, second] = [
          await ask(method, path, { as: 'ada', json, headers }),
          await ask(method, path, { as: 'ada', json, headers }),
        ]
        assert.equal(second.headers.get('idempotent-replayed'), 'true', second.text)
        assert.deepEqual([second.status, second.text], [first.status, first.text])
        assert.match(second.text, /canary/)
        const other = await ask(method, path, { as: 'ada', json: { ...json, diagnosis: 'guess' }, headers })
        assert.equal(other.status, 422, other.text)
      }
      await twice('POST', '/patients', { name: 'r', number: 'canary-repeated', diagnosis: 'canary' })
      await twice('POST', '/patients', {
        name: 'r',
        number: 'canary-repeated-2',
        diagnosis: 'canary',
        visits: [{ finding: 'canary' }],
      })
      await twice('POST', '/api/admit', { names: 'repeated', diagnosis: 'canary-handler' })
      await closed()
    })

    test('class 11: a history says that it changed, and not what it was', async () => {
      const { id } = await admit({ number: 'canary-history', diagnosis: 'canary-before' })
      await ask('PATCH', `/patients/${id}`, { as: 'ada', json: { diagnosis: 'canary-after' } })
      await ask('DELETE', `/patients/${id}`, { as: 'ada' })
      const history = await ask('GET', `/patients/${id}/history`, { as: 'ada' })
      assert.equal(history.status, 200)
      assert.doesNotMatch(history.text, /canary|[A-Za-z0-9_-]{60}/)
      assert.ok(history.json.items.some(({ hidden }: { hidden: string[] }) => hidden.includes('diagnosis')))
      const back = await ask('POST', `/patients/${id}/restore`, { as: 'ada' })
      assert.deepEqual([back.json.number, back.json.diagnosis], ['canary-history', 'canary-after'])
    })

    test('class 68: a text that looks like a sealed value, or like what is shown of one, is the text it is', async () => {
      const { id } = await admit({ number: 'forged', diagnosis: 'canary-forged' })
      const sealed = (await column(id, 'diagnosis')) ?? ''
      const search = (await column(id, 'number')) ?? ''
      for (const text of [
        sealed,
        search,
        `${id} ${sealed}`,
        `${id} ${search}`,
        JSON.stringify(`${id} ${sealed}`),
        ' ',
        `x ${sealed} `,
      ]) {
        const made = await admit({ remark: text, diagnosis: text })
        assert.deepEqual([made.remark, made.diagnosis], [text, text])
        const read = await ask('GET', `/patients/${made.id}`, { as: 'ada' })
        assert.deepEqual([read.json.remark, read.json.diagnosis], [text, text])
      }
    })

    test('a sealed value opens in its own table, column and row alone: elsewhere it is an error that is logged, never garbage', async () => {
      const [one, two] = [
        await admit({ diagnosis: 'canary-one', page: 'https://canary.example/' }),
        await admit({ diagnosis: 'canary-two' }),
      ]
      const refused = async (what: string) => {
        const before = siege().lines.length
        for (const path of [`/patients/${two.id}`, '/patients?limit=100', '/api/cards']) {
          const answer = await ask('GET', path, { as: 'ada' })
          if (path === '/api/cards' && answer.status === 200) continue // it does not show what was moved
          assert.deepEqual([answer.status, answer.json.code], [500, 'sealed-value'], `${what}: ${answer.text}`)
          assert.doesNotMatch(answer.text, /canary|diagnosis|[A-Za-z0-9_-]{60}/)
        }
        const told = siege().lines.slice(before).join('\n')
        assert.match(told, new RegExp(`patient\\.\\w+ of the row ${two.id} does not open`), what)
        assert.doesNotMatch(told, /canary/)
      }
      const own = (await column(two.id, 'diagnosis')) ?? ''
      const spoil: Record<string, string> = {
        'of another row': `(select diagnosis from patient where id = '${one.id}')`,
        'of another column': '"number"',
        'cut off': 'left(diagnosis, 40)',
        changed: `'${own.slice(0, 30)}${own[30] === 'A' ? 'B' : 'A'}${own.slice(31)}'`,
        'in clear': "'canary in clear'",
        empty: "''",
      }
      for (const [what, sql] of Object.entries(spoil)) {
        await set(two.id, 'diagnosis', sql)
        await refused(what)
        await set(two.id, 'diagnosis', `'${own}'`)
      }
      const number = (await column(two.id, 'number')) ?? ''
      await set(two.id, 'number', `'${'A'.repeat(43)}' || substr("number", 44)`)
      await refused('with another hash')
      await set(two.id, 'number', `'${number}'`)
      assert.equal((await ask('GET', `/patients/${two.id}`, { as: 'ada' })).json.diagnosis, 'canary-two')
    })

    test('account fields are encrypted at sign-up, and the sign-in itself goes by what is not', async () => {
      const made = await ask('POST', '/auth/register', {
        json: {
          email: 'phone.canary@example.com',
          password: 'correct horse battery',
          handle: 'phone',
          phone: '+49 canary 7',
        },
      })
      assert.equal(made.status, 201, made.text)
      const me = await ask('GET', '/auth/me', { headers: { Authorization: `Bearer ${made.json.token}` } })
      assert.equal(me.json.phone, '+49 canary 7')
      await closed()
    })
  })
}
