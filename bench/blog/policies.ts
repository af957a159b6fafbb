import { anyone, or } from 'bede'
import { Articles, ArticleTags, Comments, Companies, Members, Tags, Teams, Users } from './models.ts'

/**
 * Which policies the app has, so that one app can be measured with and without:
 * `own` what a blog has; `none` everybody reads everything; `one`, `two`, `three` reach the author, the author's team,
 * the team's company; `members` asks a list behind a relation.
 */
const variant = process.env.BEDE_BENCH_POLICY ?? 'own'
export const variants = ['none', 'own', 'one', 'two', 'three', 'members'] as const
if (!variants.some((known) => known === variant)) throw new Error(`BEDE_BENCH_POLICY is one of ${variants.join(', ')}`)

export const companyPolicy = Companies.policy(() => ({ read: anyone }))
export const teamPolicy = Teams.policy(() => ({ read: anyone }))
export const memberPolicy = Members.policy(() => ({ read: anyone }))
export const tagPolicy = Tags.policy(() => ({ read: anyone }))
export const articleTagPolicy = ArticleTags.policy(() => ({ read: anyone }))

export const userPolicy = Users.policy(({ row, actor }) => ({
  read: variant === 'none' ? anyone : or(row.suspended.eq(false), row.id.eq(actor.id)),
}))

export const articlePolicy = Articles.policy(({ row, actor }) => {
  const mine = row.authorId.eq(actor.id)
  const read = () => {
    switch (variant) {
      case 'none':
        return anyone
      case 'one':
        return or(row.author.suspended.eq(false), mine)
      case 'two':
        return or(row.author.team.open, mine)
      case 'three':
        return or(row.author.team.company.active, mine)
      case 'members':
        return or(
          row.author.team.members.some((member) => member.userId.eq(actor.id)),
          mine,
        )
      default:
        return or(row.status.eq('published'), mine)
    }
  }
  return { read: read(), create: mine, update: mine, delete: mine }
})

export const commentPolicy = Comments.policy(({ row, actor }) => {
  if (variant === 'none') return { read: anyone, create: anyone }
  const mine = row.authorId.eq(actor.id)
  return { read: or(row.hidden.eq(false), mine), create: mine, update: mine, delete: mine }
})
