import type { LiveSchema } from '../../store/introspect/live-schema.ts'
import { designOf, type TakenModel } from './design.ts'
import { type Left, leftOf } from './left.ts'
import { modelFile } from './model-file.ts'
import { addressesOf, apiFile, serviceFile } from './service-files.ts'
import { braces, code, imported, literal } from './source.ts'
import { type Beside, besideOf } from './statements.ts'

/** A project that declares what a database holds. */
export interface TakeOver {
  /** The text of each file, by its path in the project. */
  readonly files: Readonly<Record<string, string>>
  readonly models: readonly { readonly name: string; readonly readonly: boolean }[]
  readonly left: readonly Left[]
}

/**
 * A database as a project's files. Names, comments, labels, defaults and rules of the database are data in them: names are
 * given anew (what they stand for is said as a string), and all else stands in strings and one-line comments.
 */
export function takeOver(live: LiveSchema, name: string): TakeOver {
  const models = designOf(live)
  const left = leftOf(live, models)
  const paths = addressesOf(models)
  const files: Record<string, string> = {
    'app.ts': appFile(name),
    'database.ts': databaseFile(besideOf(live)),
    'models/index.ts': indexFile(models),
    'services/index.ts': all(models),
    'api/index.ts': all(models),
    'TAKEN-OVER.md': report(models, left),
  }
  for (const model of models) {
    files[`models/${model.name}.ts`] = modelFile(model)
    files[`services/${model.name}.ts`] = serviceFile(model)
    files[`api/${model.name}.ts`] = apiFile(model, paths.get(model))
  }
  return { files, models: models.map((one) => ({ name: one.name, readonly: one.readonly !== undefined })), left }
}

const appFile = (name: string): string =>
  [
    imported('{ app }', 'bede'),
    imported('* as api', './api/index.ts'),
    imported('{ database }', './database.ts'),
    imported('{ models }', './models/index.ts'),
    imported('* as services', './services/index.ts'),
    '',
    `export default app({ name: ${literal(name)}, schema: models, database, use: { services, api } })`,
    '',
  ].join('\n')

const databaseFile = ({ before, after }: Beside): string => {
  const listed = (statements: readonly string[]) =>
    statements.length === 0 ? '[]' : `[\n${statements.map((one) => `    ${literal(one)},`).join('\n')}\n  ]`
  return `/**
 * What the database holds beside the tables of the models: types, sequences, functions, views, triggers, comments. Only an
 * empty database is given them, such as the one of a test. The database that was taken over has them and keeps them.
 */
export const database = {
  before: ${listed(before)},
  after: ${listed(after)},
}
`
}

const indexFile = (
  models: readonly TakenModel[],
): string => `import { type ActorOf, defineSchema, resources } from 'bede'
${models.map(({ name }) => `import { ${name} } from './${name}.ts'`).join('\n')}

export const models = defineSchema(${braces(models.map(({ name }) => name))})

/** What is known of whoever calls: nothing, until somebody can sign in. See docs/how-to/sign-in.md of Bede. */
export const caller = {}

type Models = typeof models
export interface Schema extends Models {}
export interface Actor extends ActorOf<typeof caller> {}

export const ${braces(models.map(({ name, resource }) => `${name}: ${resource}`))} = resources<Schema, Actor>(models, caller)
`

const all = (models: readonly TakenModel[]): string =>
  models.map(({ name }) => `export * from './${name}.ts'\n`).join('')

function report(models: readonly TakenModel[], left: readonly Left[]): string {
  const tables = models.filter(({ readonly }) => readonly !== 'view')
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [
    '# What was taken over',
    '',
    `${tables.length} tables and ${models.length - tables.length} views. The database was only read.`,
    '',
    '| model | of the database | rows are |',
    '|---|---|---|',
    ...models.map(({ name, table, readonly, id }) =>
      row([
        `\`${name}\``,
        code(`${table.schema}.${table.name}`),
        readonly
          ? 'read'
          : 'of' in id
            ? 'read and written; the id is made of several columns, or of a reference'
            : 'read and written',
      ]),
    ),
    '',
    '## What no model says in its own words',
    '',
    'It is in the database as it was, and no migration proposes to drop it.',
    '',
    ...(left.length === 0 ? ['Nothing.'] : ['| what | name | |', '|---|---|---|']),
    ...left.map(({ what, name, why }) => row([what, code(name), why])),
    '',
  ].join('\n')
}
