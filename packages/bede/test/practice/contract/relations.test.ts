import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { projectFromContract } from '../../../src/cli/new/from-contract.ts'
import { openProject } from '../../../src/cli/project/project.ts'
import { contractProject } from '../../../src/practice/contract/contract.ts'
import { serve } from '../../surface/support/served.ts'

const folder = mkdtempSync(join(tmpdir(), 'bede-relations-'))
after(() => rmSync(folder, { recursive: true, force: true }))

type Members = Record<string, object>
const text = { type: 'string' }
const count = { type: 'integer' }
const to = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const list = (name: string) => ({ type: 'array', items: to(name) })

/** A schema with an id, a name and these members; all are required but for those that end with `?`. */
const thing = (members: Members, id: object = text) => {
  const all = { id, name: text, ...members }
  return {
    type: 'object',
    required: Object.keys(all).filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(Object.entries(all).map(([name, schema]) => [name.replace('?', ''), schema])),
  }
}

const contractOf = (schemas: Record<string, object>) => ({
  openapi: '3.1.0',
  info: { title: 'things', version: '1' },
  paths: Object.fromEntries(
    Object.keys(schemas).map((name, index) => [
      `/things${index}`,
      { get: { responses: { 200: { description: 'All', content: { 'application/json': { schema: list(name) } } } } } },
    ]),
  ),
  components: { schemas },
})

/** The lines of the models, by name, and what was left open. */
const read = (schemas: Record<string, object>) => {
  const { files, models, open } = contractProject(contractOf(schemas), 'things')
  const lines = (name: string) =>
    (files[`models/${name}.ts`] ?? '')
      .split('\n')
      .map((line) => line.trim().replace(/,$/, ''))
      .filter((line) => /\b(?:ref|one|many|json)\(|say how/.test(line))
  return {
    models: Object.fromEntries(models.map(({ name }) => [name, lines(name)])),
    open: open.map(({ place, why }) => `${place}: ${why}`),
  }
}

test('what a schema holds is a column with an id, and a list is of the rows that name their owner', () => {
  assert.deepEqual(
    read({
      User: thing({}, count),
      Article: thing({ author: to('User'), 'editor?': to('User'), comments: list('Comment'), tags: list('Tag') }),
      Comment: thing({ article: to('Article'), by: { anyOf: [to('User'), { type: 'null' }] }, text }),
      Tag: thing({ articleId: text }),
    }),
    {
      models: {
        user: [],
        article: [
          "authorId: ref('user', { integer: true })",
          "editorId: ref('user', { integer: true, optional: true })",
          "author: one('authorId')",
          "editor: one('editorId')",
          "comments: many('comment', 'articleId')",
          "tags: many('tag', 'articleId')",
        ],
        comment: [
          "articleId: ref('article')",
          "byId: ref('user', { integer: true, optional: true })",
          "article: one('articleId')",
          "by: one('byId')",
        ],
        tag: ["articleId: ref('article')"],
      },
      open: [],
    },
  )
})

test('an id that the schema has beside what it holds is the column', () => {
  assert.deepEqual(
    read({
      User: thing({}),
      Article: thing({ author_id: text, 'author?': to('User') }),
      Page: thing({ 'ownerId?': text, 'owner?': to('User') }),
    }).models,
    {
      user: [],
      article: ["author_id: ref('user')", "author: one('author_id')"],
      page: ["ownerId: ref('user', { optional: true })", "owner: one('ownerId')"],
    },
  )
})

test('a tree has its parent by an id that need not be there, and its children by that', () => {
  assert.deepEqual(read({ Branch: thing({ parent: to('Branch'), children: list('Branch') }) }), {
    models: {
      branch: [
        "parentId: ref('branch', { optional: true })",
        "parent: one('parentId')",
        "children: many('branch', 'parentId')",
      ],
    },
    open: [],
  })
})

test('rows that demand each other could never begin: none of them demands', () => {
  const { models } = read({
    A: thing({ b: to('B') }),
    B: thing({ c: to('C') }),
    C: thing({ a: to('A'), d: to('D') }),
    D: thing({}),
  })
  assert.deepEqual(
    Object.values(models)
      .flat()
      .filter((line) => line.includes('ref('))
      .sort(),
    [
      "aId: ref('a', { optional: true })",
      "bId: ref('b', { optional: true })",
      "cId: ref('c', { optional: true })",
      "dId: ref('d')",
    ],
  )
})

test('what cannot be told for sure is as it was, and told', () => {
  const { models, open } = read({
    User: thing({
      notes: list('Note'),
      friends: list('User'),
      groups: list('Group'),
      pet: to('Pet'),
      favorites: list('Page'),
    }),
    Group: thing({ members: list('User'), place: to('Place'), spots: list('Place') }),
    Note: thing({ user: to('User'), reader: to('User') }),
    Page: thing({ user: to('User') }),
    Pet: thing({ owner: to('User'), toys: list('Toy'), oldToys: list('Toy') }),
    Toy: thing({ pet: to('Pet') }),
    Place: { type: 'object', required: ['town', 'street'], properties: { town: text, street: text } },
    Odd: thing({ userId: count, user: to('User') }),
    Shelf: thing({ books: list('Book'), sign: to('Sign') }),
    Sign: thing({ shelfId: text }),
    Book: thing({ shelfId: count }),
    Person: thing({ mother: to('Person'), children: list('Person') }),
    Branch: thing({ parent: to('Branch'), twins: list('Branch') }),
    Crate: {
      type: 'object',
      required: ['a', 'b', 'bottles'],
      properties: { a: text, b: text, bottles: list('Bottle') },
    },
    Bottle: thing({ crateId: text }),
    Twice: thing({ theUser: to('User'), the_user: to('User') }),
    Author: thing({ essays: list('Essay') }),
    Essay: thing({ writer: to('Author') }),
  })
  const names = 'whether what it lists has one owner, and by which column, its names do not say'
  assert.deepEqual(open.sort(), [
    `Author.essays: ${names}`,
    `Branch.twins: ${names}`,
    `Crate.bottles: ${names}`,
    'Group.members: each of the two lists the other: a model between them says which belong together',
    'Group.place: it is an object without an id: say how it is kept',
    'Group.spots: it lists objects without an id: say how they are kept',
    'Odd.user: its column would have a name that is taken, or that no column has',
    `Person.children: ${names}`,
    `Pet.oldToys: ${names}`,
    'Pet.owner: each of the two names the other: say which of them has a column with the id',
    `Shelf.books: ${names}`,
    'Shelf.sign: each of the two names the other: say which of them has a column with the id',
    'Twice.the_user: its column would have a name that is taken, or that no column has',
    `User.favorites: ${names}`,
    `User.friends: ${names}`,
    'User.groups: each of the two lists the other: a model between them says which belong together',
    'User.pet: each of the two names the other: say which of them has a column with the id',
  ])
  assert.deepEqual(
    Object.values(models)
      .flat()
      .filter((line) => /many\(/.test(line)),
    ["notes: many('note', 'userId')", "toys: many('toy', 'petId')"],
  )
  assert.deepEqual(models.note, [
    "userId: ref('user')",
    "readerId: ref('user')",
    "user: one('userId')",
    "reader: one('readerId')",
  ])
  assert.deepEqual(models.toy, ["petId: ref('pet')", "pet: one('petId')"])
})

test('class 70: names that no column has make no relation, and stay data', () => {
  const evil = "a'); process.exit(); ('"
  const { models, open } = read({
    [evil]: thing({}),
    User: thing({
      [evil]: to(encodeURIComponent(evil)),
      xmin: text,
      ctid: to(encodeURIComponent(evil)),
      'a b': list('Note'),
    }),
    Note: thing({ user: to('User'), ['x'.repeat(62)]: to('User'), user_id: { type: 'boolean' } }),
  })
  assert.deepEqual(Object.keys(models), ['aProcessExit', 'user', 'note'])
  const column = 'its column would have a name that is taken, or that no column has'
  assert.deepEqual(open, [
    `User.${evil}: ${column}`,
    `Note.user: ${column}`,
    `Note.${'x'.repeat(62)}: ${column}`,
    'User.a b: whether what it lists has one owner, and by which column, its names do not say',
  ])
  const said = Object.values(models).flat()
  assert.ok(said.includes('// xmin: say how it is kept'))
  assert.deepEqual(
    said.filter((line) => !line.startsWith('// ')),
    ["ctidId: ref('aProcessExit')", "ctid: one('ctidId')"],
  )
})

test('the project of a contract with relations starts, and its rows hold together', async (t) => {
  const file = join(folder, 'blog.json')
  writeFileSync(
    file,
    JSON.stringify(
      contractOf({
        User: thing({}, count),
        Article: thing({ author: to('User'), comments: list('Comment'), tags: list('Tag') }),
        Comment: thing({ article: to('Article') }),
        Tag: thing({}),
      }),
    ),
  )
  const into = join(folder, 'blog')
  const { models } = await projectFromContract(into, 'blog', file)
  assert.equal(models, 4)
  const told = readFileSync(join(into, 'CONTRACT.md'), 'utf8')
  assert.match(told, /## What the contract does not say of the models/)
  assert.match(told, /whether what it lists has one owner.*\| `Article\.tags` \|/)
  const { app, manifest } = await openProject({}, into)
  assert.deepEqual(Object.keys(manifest.models.article?.relations ?? {}), ['author', 'comments'])
  const { backend } = await serve(t, app)
  assert.ok(backend)
})
