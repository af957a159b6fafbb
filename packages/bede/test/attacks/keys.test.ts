import assert from 'node:assert/strict'
import { onBothStores, test } from './support/siege.ts'

/** Section F of the attack classes, of the names of members: prototypes, and names that collide. */

const prototypeNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupGetter__',
  'isPrototypeOf',
  'watch',
]
const json = { 'Content-Type': 'application/json' }

await onBothStores('names of members', (siege) => {
  test('class 74: no name leads to a function through a prototype', async () => {
    for (const name of prototypeNames) {
      await siege().refused(400, 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: name, input: {} }] },
      })
      await siege().refused(400, 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: `note.${name}`, input: {} }] },
      })
      await siege().refused(400, 'POST', '/batch', {
        as: 'bob',
        json: { operations: [{ operation: `${name}.list`, input: {} }] },
      })
      for (const path of [
        `/${name}`,
        `/notes/${name}`,
        `/notes/${siege().things.bobs}/${name}`,
        `/auth/${name}`,
        `/users/${name}`,
        `/api/${name}`,
        `/docs/${name}`,
        `/health/${name}`,
      ])
        for (const method of ['GET', 'POST', 'PATCH', 'DELETE'])
          await siege().refused([400, 404, 405, 422], method, path, {
            as: 'bob',
            ...(method === 'POST' || method === 'PATCH' ? { json: {} } : {}),
          })
      await siege().refused([400, 422], 'GET', `/notes?sort=${name}`)
      await siege().refused([400, 422], 'GET', `/notes?sort=-${name}`)
      await siege().refused([400, 422], 'GET', `/notes?status=${name}`)
      for (const path of [name, `title[${name}]`, `owner.${name}`, `${name}.handle`, `labels.${name}[in]`])
        await siege().refused(400, 'GET', `/notes?${encodeURIComponent(path)}=1`)
      await siege().refused(401, 'GET', '/auth/me', { headers: { Authorization: `Bearer ${name}` } })
      await siege().refused(401, 'GET', '/auth/me', { headers: { Authorization: `${name} ${siege().tokens.ada}` } })
    }
  })

  test('class 75: a prototype key is refused at every depth of every body, before and after safe keys', async () => {
    const bodies: string[] = []
    for (const key of ['"__proto__"', '"\\u005f_proto__"', '"__proto\\u005f_"']) {
      for (const value of ['{"status":"draft"}', 'null', '[]', '1', '{"polluted":true}']) {
        bodies.push(
          `{${key}:${value},"title":"x"}`,
          `{"title":"x",${key}:${value}}`,
          `{"title":"x","settings":{${key}:${value}}}`,
          `{"title":"x","settings":{"a":[{"b":{"safe":1,${key}:${value}}}]}}`,
        )
      }
    }
    bodies.push(
      '{"title":"x","constructor":{"prototype":{"polluted":true}}}',
      '{"title":"x","settings":{"constructor":{"prototype":{"polluted":true}}}}',
    )
    for (const body of bodies) {
      await siege().refused(400, 'POST', '/notes', { as: 'bob', body, headers: json })
      await siege().refused(400, 'PATCH', `/notes/${siege().things.bobs}`, { as: 'bob', body, headers: json })
      await siege().refused(400, 'PUT', '/notes/by/title/x', { as: 'bob', body, headers: json })
      await siege().refused(400, 'POST', '/notes/batch', { as: 'bob', body: `{"items":[${body}]}`, headers: json })
      await siege().refused(400, 'POST', '/batch', {
        as: 'bob',
        body: `{"operations":[{"operation":"note.create","input":{"data":${body}}}]}`,
        headers: json,
      })
      await siege().refused(400, 'POST', '/auth/register', { body, headers: json })
    }
    const clean: Record<string, unknown> = {}
    assert.deepEqual([clean.polluted, clean.status, 'polluted' in Function.prototype], [undefined, undefined, false])
  })

  test('class 76: a doubled, dotted or bracketed key is no second way to a member', async () => {
    const { things, ids } = siege()
    const doubles = [
      '{"body":"a","body":"b"}',
      '{"body":"a","\\u0062ody":"b"}',
      '{"body":"a","settings":{"x":1,"x":2}}',
      '{"settings":[{"x":1,"\\u0078":2}]}',
    ]
    for (const body of doubles) {
      await siege().refused(400, 'PATCH', `/notes/${things.bobs}`, { as: 'bob', body, headers: json })
      await siege().refused(400, 'PATCH', '/notes/batch', {
        as: 'bob',
        body: `{"items":[${body.replace('{', `{"id":${things.bobs},`)}]}`,
        headers: json,
      })
    }
    await siege().refused(400, 'POST', '/batch', {
      as: 'bob',
      body: '{"operations":[{"operation":"page.list","operation":"note.deleteMany","input":{}}]}',
      headers: json,
    })
    await siege().refused(400, 'POST', '/batch', {
      as: 'bob',
      body: '{"operations":[],"operations":[{"operation":"page.list"}]}',
      headers: json,
    })
    for (const key of [
      'settings.theme',
      'settings[theme]',
      'settings/theme',
      'data.body',
      'data[body]',
      'body[]',
      'body.',
      '.body',
      'body\\u0000',
      ' body',
      'body ',
      'BODY',
      'ownerId.id',
      'owner.id',
      '/body',
    ])
      await siege().refused(400, 'PATCH', `/notes/${things.bobs}`, {
        as: 'bob',
        body: `{"body":"a","${key}":"b"}`,
        headers: json,
      })
    for (const extra of ['id', 'data', 'data.id', 'input', 'path', 'query', 'body', 'params'])
      await siege().refused(400, 'POST', `/api/notes/${things.bobs}/rename`, {
        as: 'bob',
        json: { title: 'x', [extra]: things.open },
      })
    for (const query of [
      'status=public&status=draft',
      'status=public&status%5B%5D=draft',
      'status=public&%73tatus=draft',
      'title[in]=a&title%5Bin%5D=b',
      'owner.handle=ada&owner[handle]=bob',
      'limit=1&limit=2',
      'status=public;status=draft',
    ])
      await siege().refused([400, 422], 'GET', `/notes?${query}`)
    await siege().refused(400, 'POST', '/api/grant', {
      as: 'eve',
      json: { userId: ids.bob, 'userId ': ids.ada, salary: 1 },
    })
  })
})
