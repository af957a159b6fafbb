import { isDeepStrictEqual } from 'node:util'
import { accountModelOf } from '../platform/account.ts'
import { platformModels } from '../platform/platform.ts'
import { platformPolicies } from '../platform/policies.ts'
import { type Verifying, wrong } from './report.ts'
import { own } from './scope.ts'

/**
 * What the platform keeps for itself is as this version has it, in a manifest from anywhere too: no other model is
 * exempt from policies, theirs say what this version says, and nothing of a user's takes the place of a table of keys or sessions (class 24).
 */
export function verifyPlatform(verifying: Verifying): void {
  const { models, actor, identity, files, policies } = verifying.manifest
  const account = accountModelOf(actor, models)
  const platform = platformModels(account, models, identity, files)
  const rules = platformPolicies(account, identity)
  const same = (given: unknown, wanted: unknown) => isDeepStrictEqual(plain(given), plain(wanted))
  const hint = 'Make the manifest again with bede check --json of the version that runs it.'
  for (const [name, definition] of Object.entries(platform)) {
    if (!same(own(models, name), definition)) {
      const what = `${name} is the platform's own model, and not as this version has it`
      verifying.add(name, wrong('reserved-name', what, hint))
    }
    if (!same(own(policies, name), own(rules, name))) {
      const what = `${name} is the platform's own: who reaches it is not what this version says`
      verifying.add(`${name}.policy`, wrong('reserved-name', what, hint))
    }
  }
  for (const [name, { schema, table }] of Object.entries(models)) {
    if (schema !== undefined && systemSchema.test(schema) && !Object.hasOwn(platform, name))
      verifying.add(
        name,
        wrong(
          'reserved-name',
          `The database schema '${schema}' is the platform's or the database's own`,
          'Take schema out.',
        ),
      )
    // A name without its schema is looked up among the system's tables first: pg_shadow would be the passwords.
    if (schema === undefined && /^pg_/i.test(table))
      verifying.add(
        name,
        wrong('reserved-name', `'${table}' begins like the database's own tables`, 'Choose another name.'),
      )
  }
}

/** Bede's own schema, however it is written, and those of PostgreSQL. */
const systemSchema = /^(?:bede|pg_.*|information_schema)$/i

/** As JSON has it: a member that is undefined is not there. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))
