import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Manifest, Operation, Shape } from '../../src/manifest/manifest.ts'
import { tagsFor } from '../../src/surface/rest/representation-tag.ts'
import { articleManifest } from './support/article-manifest.ts'

const tag = (algorithm: string) => `"${createHash(algorithm).update('{}').digest('hex')}"`
const from = { model: 'article', as: 'row' }
const item: Shape = { kind: 'object', members: {} }
const row: Shape = { kind: 'one', from, item }
const list: Shape = { kind: 'list', from, item }
const read = (answers: Shape): Operation => ({ kind: 'read', auth: 'optional', input: {}, answers })
const manifestOf = (operations: Manifest['operations']): Manifest => ({ ...articleManifest, operations })

test('a row has the tag that the database computes; lists have the one that no write is asked for', () => {
  const tagOf = tagsFor(manifestOf({}))
  for (const shape of [row, { kind: 'object', members: { article: row, others: list } } satisfies Shape])
    assert.equal(tagOf(read(shape))('{}'), tag('md5'))
  for (const shape of [list, { kind: 'object', members: { articles: list } } satisfies Shape])
    assert.equal(tagOf(read(shape))('{}'), tag('sha1'))
})

test('where a write answers with a list, lists have the tag of that write', () => {
  const write: Operation = {
    kind: 'write',
    auth: 'required',
    input: {},
    write: { kind: 'delete', model: 'article', target: { kind: 'literal', value: true, type: { kind: 'boolean' } } },
    answers: list,
  }
  assert.equal(tagsFor(manifestOf({ write }))(read(list))('{}'), tag('md5'))
})
