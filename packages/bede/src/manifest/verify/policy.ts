import { platformSchema } from '../platform/names.ts'
import { checkRule, type Verifying, wrong } from './report.ts'
import { own, unknown } from './scope.ts'

/** How to keep what is deleted. */
export const keepsDeleted = (model: string): string => `Write softDelete: true in the options of the model ${model}.`

/** How to keep what was. */
export const keepsHistory = (model: string): string => `Write history: true in the options of the model ${model}.`

/** Who may do what. A model without a policy does not start (law 3, class 30). Place: `article.policy.update`. */
export function verifyPolicies(verifying: Verifying): void {
  const { models, policies } = verifying.manifest
  for (const [name, model] of Object.entries(models)) {
    const policy = own(policies, name)
    const isPlatform = model.schema === platformSchema
    if (!isPlatform && !policy) {
      verifying.add(
        `${name}.policy`,
        wrong(
          'missing-policy',
          `${name} has no policy`,
          `Export one: its resource's .policy(({ row, actor }) => ({ read: … })).`,
        ),
      )
    }
  }
  for (const [name, policy] of Object.entries(policies)) {
    const place = `${name}.policy`
    const model = own(models, name)
    if (!model) {
      verifying.add(place, unknown('unknown-model', 'model', name, Object.keys(models)))
      continue
    }
    if (model.readonly) {
      for (const rule of ['create', 'update', 'delete'] as const) {
        if (policy[rule] === undefined) continue
        const what = model.readonly === 'view' ? 'a view of the database' : 'a table whose rows cannot be told apart'
        const why = `${name} is ${what}, and its rows are only read`
        verifying.add(`${place}.${rule}`, wrong('invalid-declaration', why, `Take ${rule} out of the policy.`))
      }
    }
    const around = { rows: new Map([['row', name]]) }
    checkRule(verifying, `${place}.read`, policy.read, around)
    checkRule(verifying, `${place}.create`, policy.create, around)
    checkRule(verifying, `${place}.update`, policy.update?.from, around)
    checkRule(verifying, `${place}.update`, policy.update?.to, around)
    checkRule(verifying, `${place}.delete`, policy.delete, around)
    checkRule(verifying, `${place}.restore`, policy.restore, around)
    checkRule(verifying, `${place}.purge`, policy.purge, around)
    checkRule(verifying, `${place}.history`, policy.history, around)
    if (policy.history !== undefined && !model.history) {
      verifying.add(`${place}.history`, wrong('invalid-declaration', `${name} keeps no history`, keepsHistory(name)))
    }
    for (const rule of ['restore', 'purge'] as const) {
      if (policy[rule] === undefined || model.softDelete !== undefined) continue
      verifying.add(
        `${place}.${rule}`,
        wrong('invalid-declaration', `${name} does not keep its deleted rows`, keepsDeleted(name)),
      )
    }
    for (const [field, rules] of Object.entries(policy.fields ?? {})) {
      const at = `${place}.fields.${field}`
      if (!own(model.fields, field))
        verifying.add(at, unknown('unknown-model-field', `field of ${name}`, field, Object.keys(model.fields)))
      checkRule(verifying, `${at}.read`, rules.read, around)
      checkRule(verifying, `${at}.write`, rules.write, around)
    }
  }
}
