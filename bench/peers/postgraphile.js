// PostGraphile 5 with its amber preset, grafserv on node:http, as its documentation's library mode has it; no GraphiQL,
// no explain, no watch. Smart tags are not needed: relations come from the foreign keys.
import { createServer } from 'node:http'
import { grafserv } from 'postgraphile/grafserv/node'
import { makePgService } from 'postgraphile/adaptors/pg'
import { postgraphile } from 'postgraphile'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

const [port, url] = process.argv.slice(2)
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: url, schemas: ['public'] })],
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
}
const server = createServer()
const instance = postgraphile(preset)
await instance.createServ(grafserv).addTo(server)
server.listen(Number(port), '127.0.0.1')
