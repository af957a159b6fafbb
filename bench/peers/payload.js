// Payload 3's REST API as its `handleEndpoints` documents it (Hono's server, no Next.js), on tables that are there:
// production pushes no schema. As its performance guide says: `select`, `defaultPopulate`, `depth` no deeper than asked,
// no count (`pagination=false`), no work in hooks but the two columns that the server fills.
import { serve } from '@hono/node-server'
import { postgresAdapter } from '@payloadcms/db-postgres'
import { buildConfig, handleEndpoints } from 'payload'
import { nextId } from './next-id.js'

const [port, url, actor] = process.argv.slice(2)
const everybody = () => true
const collection = (slug, fields, more = {}) => ({
  slug,
  dbName: slug,
  timestamps: false,
  lockDocuments: false,
  access: { read: everybody, create: everybody },
  fields,
  ...more,
})
const text = (name) => ({ name, type: 'text', required: true })
const to = (name, relationTo, more = {}) => ({ name, type: 'relationship', relationTo, required: true, ...more })
const from = (name, slug, defaultSort, defaultLimit) => ({ name, type: 'join', collection: slug, on: 'article', defaultSort, defaultLimit, maxDepth: 2 })
const filled = (fill) => ({ hooks: { beforeValidate: [fill] } })

const config = await buildConfig({
  secret: 'measured',
  telemetry: false,
  db: postgresAdapter({ pool: { connectionString: url, max: 10 }, push: false, idType: 'uuid', allowIDOnCreate: true }),
  collections: [
    collection('user', [text('name')], { defaultPopulate: { name: true } }),
    collection('tag', [text('name')], { defaultPopulate: { name: true } }),
    collection('article', [
      text('title'),
      text('body'),
      text('status'),
      { name: 'createdAt', type: 'date' },
      to('author', 'user'),
      from('comments', 'comment', 'createdAt', 5),
      from('tags', 'article_tag', 'id', 0),
    ]),
    collection('article_tag', [to('article', 'article', { maxDepth: 0 }), to('tag', 'tag')]),
    collection(
      'comment',
      [{ name: 'id', type: 'text', ...filled(({ value }) => value ?? nextId()) }, { ...text('body'), minLength: 1, maxLength: 2000 }, { name: 'createdAt', type: 'date', ...filled(({ value }) => value ?? new Date()) }, to('article', 'article', { maxDepth: 0 }), { ...to('author', 'user'), ...filled(({ value }) => value ?? actor) }],
    ),
  ],
})
serve({ fetch: (request) => handleEndpoints({ config, request: request.method === 'POST' ? request.clone() : request }), port: Number(port), hostname: '127.0.0.1' })
