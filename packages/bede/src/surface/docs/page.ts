import { hash } from 'node:crypto'
import { attributes } from '../../toolkit/html/attributes.ts'
import { html } from '../../toolkit/html/html.ts'
import { type Html, unsafe } from '../../toolkit/html/markup.ts'
import type { OpenApiDocument, OpenApiOperation, Parameter, Reference, Response } from '../openapi/openapi.ts'
import { curlOf } from './curl.ts'
import { prose, schemaHtml, typeHtml } from './schema-html.ts'
import { script } from './script.ts'
import { style } from './style.ts'

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: OpenApiOperation
}

/** A page, and the policy that lets exactly its own style and script run. */
export interface DocsPage {
  readonly text: string
  readonly policy: string
}

const source = (text: string): string => `'sha256-${hash('sha256', text, 'base64')}'`

/**
 * The API reference as one page that fetches nothing: every value of the document is escaped, and only the two texts
 * named by hash in its policy (CSP 3 §2.3.1) are style and script. `scheme` is that of the Authorization header.
 */
export function docsPage(document: OpenApiDocument, scheme: string): DocsPage {
  const entries: readonly Entry[] = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
  )
  const groups = document.tags
    .map(({ name }) => ({ name, entries: entries.filter(({ operation }) => operation.tags.includes(name)) }))
    .filter((group) => group.entries.length > 0)
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} API reference</title>
<link rel="icon" href="data:,">
<style>${unsafe('a constant of Bede, named by its hash in the policy', style)}</style>
</head>
<body>
<nav aria-label="Operations">
<h1>${document.info.title}</h1>
<p>Version ${document.info.version} · <a href="openapi.json">openapi.json</a></p>
<input id="search" type="search" placeholder="Search ( / )" aria-label="Search operations" autocomplete="off">
<h2>Credential</h2>
<input id="token" type="password" placeholder="${scheme} token" aria-label="Token for requests tried here" autocomplete="off" spellcheck="false">
${groups.map(navGroup)}
</nav>
<main>
${groups.map((group) => html`<section data-group><h2>${group.name}</h2>${group.entries.map((entry) => operationHtml(entry, document, scheme))}</section>`)}
${schemasHtml(document)}
</main>
<script>${unsafe('a constant of Bede, named by its hash in the policy', script)}</script>
</body>
</html>
`
  const policy = [
    "default-src 'none'",
    `style-src ${source(style)}`,
    `script-src ${source(script)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return { text: page.text, policy }
}

/** A path that breaks between its segments where there is no room. */
const breakable = (path: string): Html => html`${path.split(/(?=\/)/).map((segment) => html`<wbr>${segment}`)}`

const words = ({ method, path, operation }: Entry): string =>
  [method, path, operation.operationId, operation.summary ?? '', ...operation.tags].join(' ').toLowerCase()

function navGroup({ name, entries }: { readonly name: string; readonly entries: readonly Entry[] }): Html {
  const items = entries.map(
    (entry) =>
      html`<li data-words="${words(entry)}"><a href="#${entry.operation.operationId}"><span class="method ${entry.method}">${entry.method}</span><span class="path">${breakable(entry.path)}</span></a></li>`,
  )
  return html`<div data-group><h2>${name}</h2><ul>${items}</ul></div>`
}

function operationHtml(entry: Entry, document: OpenApiDocument, scheme: string): Html {
  const { method, path, operation } = entry
  const optional = operation.security.some((need) => Object.keys(need).length === 0)
  const signed = operation.security.some((need) => Object.keys(need).length > 0)
  const scopes = operation.security.flatMap((need) => Object.values(need).flat())
  const parameters = (operation.parameters ?? []).map((parameter) =>
    resolved(parameter, document.components.parameters),
  )
  const body = operation.requestBody?.content['application/json']
  return html`<details id="${operation.operationId}" data-words="${words(entry)}">
<summary><span class="method ${method}">${method}</span><span class="path">${path}</span><span class="says">${operation.summary ?? operation.operationId}</span>${signed ? html`<span class="auth">${optional ? 'sign-in optional' : 'sign-in required'}</span>` : ''}${scopes.map((scope) => html`<span class="auth">key ${scope}</span>`)}</summary>
<div>
${operation.description === undefined ? '' : html`<p>${prose(operation.description)}</p>`}
${parameters.length > 0 ? html`<h3>Parameters</h3><table>${parameters.map(parameterRow)}</table>` : ''}
${body ? html`<h3>Body</h3>${schemaHtml(body.schema) ?? typeHtml(body.schema)}` : ''}
<h3>Answers</h3>
<div class="quiet-list">${Object.entries(operation.responses).map(([status, response]) => responseHtml(status, resolved(response, document.components.responses)))}</div>
<h3>From a terminal <button type="button" class="quiet" data-copy>Copy</button></h3><pre data-curl>${curlOf(method, path, operation, scheme)}</pre>
<h3>Try it</h3>
<form data-path="${path}" data-method="${method.toUpperCase()}" data-scheme="${scheme}" ${attributes({ 'data-auth': signed ? 'yes' : undefined })}>
${parameters.filter((parameter) => parameter.in !== 'cookie').map(parameterInput)}
${body ? html`<label><span>Body</span><textarea name="body" spellcheck="false" aria-label="Body">${body.example === undefined ? '' : JSON.stringify(body.example, null, 2)}</textarea></label>` : ''}
<div class="row"><button type="submit">Send</button><span class="says">It really happens.</span></div>
<output hidden><pre></pre></output>
</form>
</div>
</details>
`
}

const parameterRow = ({ name, in: place, required, description, schema }: Parameter): Html =>
  html`<tr><td><code>${name}</code>${required ? html`<span class="needed">required</span>` : ''}<span class="rule">${place}</span></td><td>${typeHtml(schema)}${description === undefined ? '' : html`<span class="rule">${prose(description)}</span>`}</td></tr>`

const parameterInput = ({ name, in: place, required, example }: Parameter): Html =>
  html`<label><span><code>${name}</code></span><input name="${name}" data-in="${place}" value="${example === undefined ? '' : String(example)}" ${attributes({ required })} autocomplete="off" spellcheck="false"></label>`

function responseHtml(status: string, { description, content = {} }: Response): Html {
  const media = Object.entries(content)
  const shown = media.map(
    ([type, { schema }]) => html`<p><code>${type}</code> ${typeHtml(schema)}</p>${schemaHtml(schema) ?? ''}`,
  )
  const [first = ''] = description.split('\n')
  const rest = description
    .slice(first.length)
    .split('\n\n')
    .filter((line) => line.trim() !== '')
  return html`<details ${attributes({ open: status.startsWith('2') })}><summary><span class="status">${status}</span><span class="says">${prose(first)}</span></summary><div>${rest.map((line) => html`<p>${prose(line)}</p>`)}${shown}</div></details>`
}

function schemasHtml({ components }: OpenApiDocument): Html {
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      html`<details id="schema-${name}" data-words="schema ${name.toLowerCase()}"><summary><span class="path">${name}</span></summary><div>${schemaHtml(schema) ?? typeHtml(schema)}</div></details>`,
  )
  return html`<section data-group><h2>Schemas</h2>${schemas}</section>`
}

function resolved<T extends object>(value: T | Reference, known: Readonly<Record<string, T>>): T {
  if (!('$ref' in value)) return value
  const found = known[String(value.$ref).split('/').at(-1) ?? '']
  if (found === undefined) throw new Error(`The document has no ${value.$ref}.`)
  return found
}
