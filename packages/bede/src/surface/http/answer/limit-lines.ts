import type { Limit, Standing } from '../../../engine/limits/quota.ts'
import type { HeadLines } from './head.ts'

const policies = new WeakMap<Limit, string>()

/**
 * Tells a caller what its limits are and what they have left: `RateLimit-Policy` and `RateLimit` (RateLimit header fields
 * for HTTP, draft 11: structured lists of policies by name, with quota `q` and window `w`, and what remains `r` until `t`
 * seconds from now, when all of it is back).
 */
export function putLimits(lines: HeadLines, standings: readonly Standing[]): void {
  let said = ''
  let left = ''
  for (const { limit, behind } of standings) {
    const between = said === '' ? '' : ', '
    said += between + policyOf(limit)
    const remaining = Math.max(0, Math.floor((limit.per - behind) / limit.each))
    left += `${between}"${limit.name}";r=${remaining};t=${Math.ceil(behind / 1000)}`
  }
  if (said !== '') lines.push('RateLimit-Policy', said, 'RateLimit', left)
}

function policyOf(limit: Limit): string {
  const known = policies.get(limit)
  if (known !== undefined) return known
  const policy = `"${limit.name}";q=${limit.points};w=${Math.ceil(limit.per / 1000)}`
  policies.set(limit, policy)
  return policy
}
