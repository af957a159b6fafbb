import type { Expr } from '../../../src/expr/expr.ts'
import type { ValueType } from '../../../src/expr/value.ts'
import type { InputField, Manifest, Operation } from '../../../src/manifest/manifest.ts'

const text: ValueType = { kind: 'text' }
const id: ValueType = { kind: 'id', model: 'article' }
const yes: Expr = { kind: 'literal', value: true, type: { kind: 'boolean' } }
const target: Expr = {
  kind: 'call',
  fn: 'eq',
  args: [
    { kind: 'field', row: 'row', field: 'id' },
    { kind: 'input', path: ['id'], type: id },
  ],
}
const field = (type: ValueType, more: Partial<InputField> = {}): InputField => ({ type, ...more })
const sent = (name: string): Expr => ({ kind: 'input', path: [name], type: text })
const view = { kind: 'view', view: 'articleView', row: 'row' } as const
const title = field(text, { min: 1, max: 120 })
const meta = field({ kind: 'json' }, { optional: true })

const operations: Readonly<Record<string, Operation>> = {
  'article.list': {
    kind: 'read',
    auth: 'optional',
    input: {
      status: field({ kind: 'choice', choices: ['draft', 'published'] }, { optional: true }),
      'createdAt[gte]': field({ kind: 'timestamp' }, { optional: true }),
      featured: field({ kind: 'boolean' }, { optional: true }),
      rating: field({ kind: 'float' }, { optional: true }),
      ids: field({ kind: 'array', of: text }, { optional: true, max: 10 }),
      sort: field(text, { optional: true }),
      limit: field({ kind: 'integer' }, { optional: true, min: 1, max: 100 }),
      cursor: field(text, { optional: true }),
    },
    answers: {
      kind: 'page',
      from: { model: 'article', as: 'row' },
      item: view,
      page: {
        sort: { title: { kind: 'field', row: 'row', field: 'title' } },
        defaultSort: '-id',
        defaultLimit: 20,
        maxLimit: 100,
      },
    },
    http: {
      method: 'GET',
      path: '/articles',
      params: {},
      query: {
        status: ['status'],
        'createdAt[gte]': ['createdAt[gte]'],
        featured: ['featured'],
        rating: ['rating'],
        ids: ['ids'],
        sort: ['sort'],
        limit: ['limit'],
        cursor: ['cursor'],
      },
    },
  },
  'article.get': {
    kind: 'read',
    auth: 'optional',
    input: { id: field(id) },
    answers: { kind: 'one', from: { model: 'article', as: 'row', where: target }, item: view },
    http: { method: 'GET', path: '/articles/:id', params: { id: ['id'] }, query: {} },
  },
  'article.create': {
    kind: 'write',
    auth: 'required',
    input: { title, body: field(text, { optional: true }), meta },
    write: { kind: 'create', model: 'article', values: { title: sent('title') } },
    answers: view,
    http: { method: 'POST', path: '/articles', status: 201, params: {}, query: {}, body: [] },
  },
  'article.update': {
    kind: 'write',
    auth: 'required',
    input: { id: field(id), title: { ...title, optional: true }, meta },
    write: {
      kind: 'update',
      model: 'article',
      target,
      set: { title: { kind: 'given', path: ['title'], then: sent('title') } },
    },
    answers: view,
    http: { method: 'PATCH', path: '/articles/:id', params: { id: ['id'] }, query: {}, body: [], patch: true },
  },
  'article.delete': {
    kind: 'write',
    auth: 'required',
    input: { id: field(id) },
    write: { kind: 'delete', model: 'article', target },
    http: { method: 'DELETE', path: '/articles/:id', status: 204, params: { id: ['id'] }, query: {} },
  },
  getBySlug: {
    kind: 'read',
    auth: 'optional',
    input: {
      params: field({ kind: 'object' }, { fields: { slug: field(text) } }),
      query: field({ kind: 'object' }, { fields: { full: field({ kind: 'boolean' }, { optional: true }) } }),
    },
    answers: {
      kind: 'object',
      members: { article: { kind: 'one', from: { model: 'article', as: 'row' }, item: view } },
    },
    http: {
      method: 'GET',
      path: '/api/articles/:slug',
      params: { slug: ['params', 'slug'] },
      query: { full: ['query', 'full'] },
    },
    summary: 'One article by its slug',
  },
  postNested: {
    kind: 'invoke',
    auth: 'optional',
    input: {
      params: field({ kind: 'object' }, { fields: { slug: field(text) } }),
      body: field({ kind: 'object' }, { fields: { article: field({ kind: 'object' }, { fields: { title } }) } }),
    },
    output: field({ kind: 'object' }, { fields: { count: field({ kind: 'integer' }) } }),
    http: {
      method: 'POST',
      path: '/api/articles/:slug/notes',
      params: { slug: ['params', 'slug'] },
      query: {},
      body: ['body'],
    },
  },
  page: {
    kind: 'invoke',
    auth: 'optional',
    input: {},
    http: { method: 'GET', path: '/page', params: {}, query: {} },
  },
  internal: { kind: 'invoke', auth: 'required', input: {} },
  internalRead: {
    kind: 'read',
    auth: 'optional',
    input: {},
    answers: { kind: 'list', from: { model: 'article', as: 'row' }, item: view },
  },
}

/** A manifest by hand, with one operation of each form a surface has to know. */
export const articleManifest: Manifest = {
  version: 1,
  name: 'articles',
  models: {
    article: {
      table: 'article',
      id: 'id',
      fields: {
        id: { type: id, column: 'id', default: { kind: 'generated' }, immutable: true },
        title: { type: text, column: 'title', min: 1, max: 120 },
      },
      relations: {},
      indexes: [],
      checks: [],
    },
  },
  actor: { fields: { id: { type: id } } },
  policies: { article: { read: yes, create: yes, update: { from: yes, to: yes }, delete: yes } },
  views: {
    articleView: {
      model: 'article',
      shape: {
        kind: 'object',
        members: {
          id: { kind: 'value', expr: { kind: 'field', row: 'row', field: 'id' }, type: id },
          title: { kind: 'value', expr: { kind: 'field', row: 'row', field: 'title' }, type: text },
          subtitle: { kind: 'value', expr: { kind: 'literal', value: null, type: text }, type: text, nullable: true },
        },
      },
    },
  },
  events: {},
  operations,
}
