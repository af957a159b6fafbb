import assert from 'node:assert/strict'
import { html, link } from '../../src/index.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import type { TestStore } from '../support/stores.ts'
import { leaking, library } from './support/library.ts'
import { canaries, onStores, type Served, serveApp, test } from './support/siege.ts'

/** What is searched, and what the database computes: ways in that no column of the app stands for. */

interface Library extends Served {
  readonly things: { readonly open: string; readonly draft: string; readonly marked: string }
}

async function besiege(store: TestStore): Promise<Library> {
  const served = await serveApp(library(), store)
  const create = async (json: object): Promise<string> => {
    const made = await served.ask('POST', '/stories', { as: 'ada', json })
    assert.equal(made.status, 201, made.text)
    return made.json.id
  }
  const things = {
    open: await create({ title: 'The fox', body: 'Foxes run.', price: '2.5', count: 4 }),
    draft: await create({
      title: 'Secret fox',
      body: `A ${canaries.draft} fox`,
      status: 'draft',
      price: '1',
      count: 7,
    }),
    marked: await create({
      title: 'Marked fox',
      body: '<script>alert(1)</script> fox </b><mark>x</mark> <img src=x onerror=alert(1)> {{q}}',
    }),
  }
  await served.rows(`update story set code = '${canaries.code}', cost = ${canaries.salary}`)
  return { ...served, things }
}

const query = (name: string, value: string) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
const hostile = [
  "fox' | 'x",
  "fox'); drop table story; --",
  'fox:* & !x',
  '((((((((((fox',
  '<-> <-> <->',
  '\\',
  '\\\\:A',
  '" " "',
  '$1 $$ \' " ;',
  'fox\u0000',
  '🦊'.repeat(50),
  'or or or -',
  '__proto__ constructor',
  '%_%',
]

await onStores('what is searched', besiege, (siege) => {
  test('class 7: a search sees rows the caller may see and fields that are searched, and no others', async () => {
    const { ask, things } = siege()
    const ids = async (path: string, as?: 'ada' | 'bob') =>
      (await ask('GET', path, as ? { as } : {})).json.items.map(({ id }: { id: string }) => id)
    assert.deepEqual((await ids('/stories?q=fox', 'ada')).sort(), Object.values(things).sort())
    for (const as of [undefined, 'bob'] as const) {
      assert.ok(!(await ids('/stories?q=fox', as)).includes(things.draft))
      for (const word of [...Object.values(canaries), 'canary', '917252']) {
        assert.deepEqual(await ids(`/stories?${query('q', word)}`, as), [], word)
        assert.deepEqual(await ids(`/stories?${query('title[similar]', word)}`, as), [], word)
        assert.deepEqual((await ask('GET', `/found?${query('q', word)}`, as ? { as } : {})).json.items, [], word)
      }
      const { json } = await ask('GET', '/stories?q=fox&count=true', as ? { as } : {})
      assert.equal(json.count ?? json.items.length, 2, 'nor does the count tell of it')
    }
  })

  test('class 64: nothing typed into a search is anything but words', async () => {
    const { ask, everything } = siege()
    const before = await everything()
    for (const text of hostile) {
      for (const path of [
        `/stories?${query('q', text)}`,
        `/found?${query('q', text)}`,
        `/stories?${query('title[similar]', text)}`,
      ]) {
        const { status, text: said } = await ask('GET', path)
        assert.ok(status === 200 || status === 400 || status === 422, `${path} answers ${status}: ${said}`)
        assert.doesNotMatch(said, /syntax error|tsquery|pg_/)
      }
    }
    assert.equal(await everything(), before)
  })

  test('a tag in a text that is searched is text in a highlight, in pieces nobody can forge', async () => {
    const { json } = await siege().ask('GET', '/found?q=fox')
    const pieces: string[][] = json.items.map(({ parts }: { parts: string[] }) => parts)
    assert.ok(pieces.length >= 2)
    for (const parts of pieces) {
      assert.ok(parts.length % 2 === 1)
      for (const [at, part] of parts.entries()) {
        if (at % 2 === 1) assert.match(part, /^fox(?:es)?$/i)
        assert.doesNotMatch(html`${part}`.text, /</, 'and shown, it is text')
      }
    }
  })

  test('class 127: what takes long to read as a search is refused or answered like any other', async () => {
    const { refused, ask } = siege()
    for (const text of ['a '.repeat(5_000), '('.repeat(2_000), '"'.repeat(1_000), '-a '.repeat(1_000)])
      await refused([400, 414, 422], 'GET', `/stories?${query('q', text)}`)
    const widest = 'a or '.repeat(40).slice(0, 199)
    assert.equal((await ask('GET', `/stories?${query('q', widest)}`)).status, 200)
  })

  test('class 22: nobody writes what the database computes, or the words of a search', async () => {
    const { refused, ask, things, rows } = siege()
    for (const [name, value] of [
      ['total', '1'],
      ['margin', '1'],
      ['search', "'fox':1"],
      ['cost', '1'],
      ['code', 'x'],
    ]) {
      await refused(400, 'POST', '/stories', { as: 'ada', json: { title: 'x', [String(name)]: value } })
      await refused(400, 'PATCH', `/stories/${things.open}`, { as: 'ada', json: { [String(name)]: value } })
    }
    await ask('PATCH', `/stories/${things.open}`, { as: 'ada', json: { count: 5 } })
    assert.equal((await ask('GET', `/stories/${things.open}`)).json.total, '12.5', 'it follows what it is made of')
    const [row] = await rows(`select search::text from story where id = '${things.open}'`)
    assert.match(row?.[0] ?? '', /fox/)
  })

  test('class 1: what is computed from hidden values is hidden, in filters, orders and answers', async () => {
    const { refused, ask, things } = siege()
    for (const name of ['margin', 'margin[gt]', 'cost', 'cost[lt]', 'code[startsWith]', 'search', 'search[matches]'])
      await refused(400, 'GET', `/stories?${query(name, '1')}`)
    for (const name of ['margin', '-margin', 'cost', 'search', 'code', 'relevance'])
      await refused([400, 422], 'GET', `/stories?sort=${name}`)
    const { text } = await ask('GET', `/stories/${things.open}`, { as: 'ada' })
    assert.doesNotMatch(text, /margin|cost|917/)
    try {
      link(leaking())
      assert.fail('it was linked')
    } catch (error) {
      assert.ok(isProblem(error) && error.details.some(({ code }) => code === 'private-field'), String(error))
    }
  })

  test('class 76: a parameter that is said twice, or in another form, is not another search', async () => {
    const { refused } = siege()
    for (const path of [
      '/stories?q=fox&q=bear',
      '/stories?q[]=fox',
      '/stories?q[eq]=fox',
      '/stories?q.q=fox',
      '/stories?Q=fox',
      '/stories?q[$search]=fox',
    ])
      await refused(400, 'GET', path)
  })

  test('class 65: a search term is no path into JSON, and an object is no term', async () => {
    const { refused } = siege()
    for (const path of ["/stories?q->>'a'=fox", '/stories?title::text=fox', '/stories?title[similar][a]=fox'])
      await refused(400, 'GET', path)
  })
})
