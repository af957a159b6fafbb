import { plainCost } from '../cost.ts'
import { type LimitedBy, limitedBy, limitNames, type QuotaDefinition } from '../limits.ts'
import type { Operation } from '../manifest.ts'
import { type Verifying, wrong } from './report.ts'

/** A call that costs more than a limit ever has is one that nobody can make. Place: `article.create.limits.perActor`. */
export function verifyCosts(verifying: Verifying): void {
  const { operations, limits = {} } = verifying.manifest
  for (const [name, operation] of Object.entries(operations)) {
    const cost = plainCost(operation)
    const check = (by: LimitedBy, quota: QuotaDefinition | 'off' | undefined, whose: string): void => {
      if (quota === undefined || quota === 'off' || cost <= quota.points) return
      const message = `A call costs ${cost} points, and ${whose} has ${quota.points}: nobody could make it`
      const hint = `Give that at least ${cost} points, or say a lower cost.`
      verifying.add(`${name}.limits.${limitNames[by]}`, wrong('invalid-limit', message, hint))
    }
    for (const by of limitedBy) {
      for (const own of operation.limits ?? []) check(by, own[limitNames[by]], `the limit '${own.group}/${by}'`)
      if (spends(operation, by)) check(by, limits[limitNames[by]], `the app's limit ${limitNames[by]}`)
    }
  }
}

/** Whether any of its callers spends points of the app's limit. */
const spends = ({ auth, scope }: Operation, by: LimitedBy): boolean =>
  by === 'actor' || (by === 'key' ? scope !== undefined : auth === 'optional')
