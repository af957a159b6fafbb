import type { Finding } from '../finding.ts'
import { subjects } from '../inventory/about.ts'
import type { Entry } from '../inventory/inventory.ts'
import { type Draft, draft } from '../inventory/request.ts'
import { succeeded } from '../target/exchange.ts'
import { nobody, type Person } from '../world/person.ts'
import { hole } from './found.ts'
import type { Probe, Siege } from './probe.ts'

const ofWhom = ({ target }: Siege): Person | undefined => target.world.people.find(({ name }) => name === 'ada')

/** A request of each operation as Ada would make it. */
function requests(siege: Siege): readonly { readonly entry: Entry; readonly request: Draft }[] {
  const { target, examples } = siege
  return target.entries.flatMap((entry) => {
    const about = subjects(entry, target).find((row) => row?.owner === 'ada') ?? subjects(entry, target)[0]
    const example = examples[entry.name]
    const request = draft(entry, target.world, { about, full: true, ...(example && { example }) })
    return request ? [{ entry, request }] : []
  })
}

/** Credentials that are none, in forms that parsers have taken for one. */
const forged = (scheme: string): readonly (readonly [what: string, headers: Record<string, string>])[] => [
  ['a credential that nobody has', { authorization: `${scheme} ${'A'.repeat(43)}` }],
  ['an unsigned token', { authorization: `${scheme} eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.` }],
  ['an empty credential', { authorization: `${scheme} ` }],
  ['another scheme', { authorization: 'Basic YWRhOmFkYQ==' }],
  [
    'headers that name a user',
    { authorization: `${scheme} x`, 'x-user-id': '1', x_forwarded_user: 'admin', 'x-forwarded-user': 'admin' },
  ],
]

/** Who shows something that is no credential is refused, and never taken for nobody or for everybody. */
export const forgedCredentials: Probe = {
  name: 'every operation is called without a credential and with forged ones',
  classes: [29, 36, 57, 103],
  applies: (_, { world }) => world.people.length > 1 || 'nobody signs in',
  async run(siege) {
    const found: Finding[] = []
    for (const { entry, request } of requests(siege)) {
      const guarded = entry.operation.auth === 'required'
      if (guarded) {
        const open = await siege.target.send(request, nobody)
        if (succeeded(open))
          found.push(
            hole(29, open, {
              says: 'It answers without a credential, and asks for one',
              hint: `Look at what stands before ${entry.name}.`,
            }),
          )
      }
      for (const [what, headers] of forged(siege.target.served.scheme)) {
        const exchange = await siege.target.send({ ...request, headers: { ...request.headers, ...headers } }, nobody)
        if (succeeded(exchange))
          found.push(
            hole(36, exchange, {
              says: `It takes ${what} and answers`,
              hint: 'A credential that is not understood is a 401, also where none is needed.',
            }),
          )
      }
    }
    return found
  },
}

/** A key opens what its scopes name, and nothing else. */
export const limitedKeys: Probe = {
  name: 'every operation is called with keys of every scope and of none',
  classes: [26, 27],
  applies: (_, { manifest }) => manifest.identity?.apiKeys !== undefined || 'the app has no API keys',
  async run(siege) {
    const found: Finding[] = []
    const ada = ofWhom(siege)
    const keys = ada?.credentials.filter(({ kind }) => kind === 'key') ?? []
    for (const { entry, request } of requests(siege)) {
      for (const key of keys) {
        const exchange = await siege.target.send(request, ada ?? nobody, key)
        const wanted = entry.operation.scope
        const scopes = key.scopes ?? []
        if (succeeded(exchange) && (wanted === undefined || !scopes.includes(wanted)) && !entry.brought)
          found.push(
            hole(27, exchange, {
              says: `A key with ${scopes.length > 0 ? `the scope ${scopes.join(', ')}` : 'no scope'} may call it`,
              hint: `State the scope it needs: scope: '…' in ${entry.name}.`,
            }),
          )
        const own = exchange.changes.filter(({ model }) => siege.target.manifest.models[model]?.schema === undefined)
        if (wanted?.endsWith(':read') && own.length > 0)
          found.push(
            hole(26, exchange, {
              says: 'A key that only reads has written',
              hint: `Give ${entry.name} a scope that does not end in :read.`,
            }),
          )
      }
    }
    return found
  },
}

/** The same operation through other forms of its address and other methods: its rule goes with it. */
export const otherForms: Probe = {
  name: 'every guarded operation is asked for by other forms of its path, other methods and other content types',
  classes: [52, 53, 54],
  applies: (entries) => entries.some(({ operation }) => operation.auth === 'required') || 'no operation is guarded',
  async run(siege) {
    const found: Finding[] = []
    const ada = ofWhom(siege)
    for (const { entry, request } of requests(siege)) {
      if (entry.operation.auth !== 'required') continue
      const [path = '', query] = request.target.split('?')
      const tail = query === undefined ? '' : `?${query}`
      const forms = [`/${path}`, `${path}/`, path.toUpperCase(), path.replace('/', '/%2e/'), `/%2f${path.slice(1)}`]
      for (const form of forms) {
        const exchange = await siege.target.send({ ...request, target: `${form}${tail}` }, nobody)
        if (succeeded(exchange)) found.push(hole(52, exchange, unguarded('by another form of its path')))
      }
      const head = await siege.target.send(
        { entry, method: 'HEAD', target: request.target, headers: {}, input: request.input },
        nobody,
      )
      if (entry.http.method === 'GET' && succeeded(head)) found.push(hole(53, head, unguarded('by HEAD')))
      if (request.body !== undefined && ada) {
        for (const type of [
          'text/plain',
          'application/x-www-form-urlencoded',
          'application/json;\tx',
          ' application/jsonx',
        ]) {
          const exchange = await siege.target.send({ ...request, headers: { 'content-type': type } }, ada)
          if (succeeded(exchange) && exchange.changes.length > 0 && !type.startsWith('application/json;'))
            found.push(
              hole(54, exchange, {
                says: `It takes a body of the type ${type.trim()} and writes`,
                hint: 'A body is JSON, and says so.',
              }),
            )
        }
      }
    }
    return found
  },
}

const unguarded = (how: string) => ({
  says: `It answers ${how} to somebody who is not signed in`,
  hint: 'Rules belong to operations, not to paths.',
})
