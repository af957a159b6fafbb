const realtime = 'Bede serves no realtime surface'
const graphql = 'Bede serves no GraphQL surface'
const mcp = 'Bede serves no MCP surface'
const saml = 'nobody signs in by SAML'
const webhook = 'it takes a peer that sends webhooks'

/** Why a class is not tried on an app, where it is not Bede’s own code that decides it. */
const reasons: Readonly<Record<number, string>> = {
  8: realtime,
  37: realtime,
  41: realtime,
  42: realtime,
  43: realtime,
  50: realtime,
  63: realtime,
  44: graphql,
  46: graphql,
  47: graphql,
  48: graphql,
  49: 'Bede serves no gRPC surface',
  94: saml,
  95: saml,
  119: webhook,
  120: webhook,
  121: webhook,
  122: webhook,
  123: webhook,
  135: mcp,
  136: mcp,
  137: mcp,
  138: mcp,
  139: mcp,
  140: mcp,
  141: 'it is about publishing, and nothing is published',
}

/** Why no probe tries a class. */
export const reasonBeyond = (number: number): string =>
  reasons[number] ?? 'no declaration decides it: Bede’s own code does, and its own tests attack that'
