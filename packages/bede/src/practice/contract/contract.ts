import { camel, Names } from '../takeover/names.ts'
import { braces, imported, literal } from '../takeover/source.ts'
import { ContractDocument, own, textOf } from './document.ts'
import { Leaving, type Left } from './left.ts'
import { type ModelRead, modelsOf } from './model.ts'
import { modelSource, policySource } from './model-file.ts'
import { type OperationRead, operationNames, operationsOf } from './operation.ts'
import { relationsOf } from './relations.ts'
import { routeFile } from './route-file.ts'
import { SchemaReader } from './schema.ts'
import { shapeFile } from './shape-file.ts'

/** A project that serves what a contract says, with handlers that are not written yet. */
export interface ContractProject {
  /** The text of each file, by its path in the project. */
  readonly files: Readonly<Record<string, string>>
  readonly operations: readonly OperationRead[]
  readonly models: readonly ModelRead[]
  readonly left: readonly Left[]
  /** How models belong together, where the contract does not say it: by the member that would say it. */
  readonly open: readonly Left[]
  /** As the contract calls itself. */
  readonly title: string
}

/**
 * A contract (OpenAPI 3.0 or 3.1, read by `readContract`) as a project's files. All text of it is data in them: names
 * are given anew where they become names, and everything else stands in strings and one-line comments.
 */
export function contractProject(root: unknown, name: string): ContractProject {
  const document = new ContractDocument(root)
  const leaving = new Leaving()
  const names = new Names(inUse)
  const known = operationNames(document, names)
  const schemas = new SchemaReader(document, leaving, names)
  const operations = operationsOf(document, schemas, leaving, known)
  const namedAt = (reference: string) => schemas.at(reference)
  const models = modelsOf(operations, namedAt)
  const relations = relationsOf(models, namedAt)
  const groups = groupsOf(operations)
  const files: Record<string, string> = {
    'app.ts': appFile(name),
    'verbs.ts': verbsFile,
    'models/index.ts': modelsFile(models),
    'services/index.ts': models.map((one) => `export * from './${one.name}.ts'\n`).join('') || 'export {}\n',
    'api/index.ts': [...groups.keys()].map((file) => `export * from './${file}.ts'\n`).join('') || 'export {}\n',
    'api/not-written.ts': notWrittenFile,
  }
  for (const shape of schemas.named) files[`shapes/${shape.name}.ts`] = shapeFile(shape)
  for (const model of models) {
    files[`models/${model.name}.ts`] = modelSource(model, relations.of.get(model) ?? { refs: [], many: [] })
    files[`services/${model.name}.ts`] = policySource(model)
  }
  for (const [file, group] of groups) files[`api/${file}.ts`] = routeFile(group)
  const title = textOf(own(own(root, 'info'), 'title')) ?? 'the contract'
  return { files, operations, models, left: leaving.all, open: relations.open, title }
}

/** What the files import, and what Bede has an operation of that name for: nothing in them is called so. */
export const inUse: readonly string[] =
  'array batch bool choice date email float id index integer json model nobody notWritten object route text timestamp'.split(
    ' ',
  )

/** By the file that they stand in, which is called as their tag is. */
function groupsOf(operations: readonly OperationRead[]): ReadonlyMap<string, readonly OperationRead[]> {
  const names = new Names(['index', 'notWritten', 'not-written'])
  const byTag = Map.groupBy(operations, ({ tag }) => tag)
  return new Map([...byTag].map(([tag, group]) => [names.take(camel(tag, 'api')), group]))
}

const appFile = (name: string): string =>
  [
    imported('{ app }', 'bede'),
    imported('* as api', './api/index.ts'),
    imported('{ models }', './models/index.ts'),
    imported('* as services', './services/index.ts'),
    '',
    `export default app({ name: ${literal(name)}, schema: models, use: { services, api } })`,
    '',
  ].join('\n')

const verbsFile = [
  imported('{ verbs }', 'bede'),
  imported('{ type Actor, caller }', './models/index.ts'),
  '',
  'export const { action, route } = verbs<Actor>(caller)',
  '',
].join('\n')

const notWrittenFile = `import { Problem } from 'bede'

/** What an operation of the contract answers until its handler is written: 501. Write the handler in its place. */
export const notWritten = (operation: string): never => {
  throw new Problem('not-implemented', { message: \`\${operation} is not written yet\` })
}
`

const modelsFile = (
  models: readonly ModelRead[],
): string => `import { type ActorOf, defineSchema, resources } from 'bede'
${models.map(({ name }) => `import { ${name} } from './${name}.ts'\n`).join('')}
export const models = defineSchema(${braces(models.map(({ name }) => name))})

/** What is known of whoever calls: nothing, until somebody can sign in. See docs/how-to/sign-in.md of Bede. */
export const caller = {}

type Models = typeof models
export interface Schema extends Models {}
export interface Actor extends ActorOf<typeof caller> {}
${models.length === 0 ? '' : `\nexport const ${braces(models.map(({ name, resource }) => `${name}: ${resource}`))} = resources<Schema, Actor>(models, caller)\n`}`
