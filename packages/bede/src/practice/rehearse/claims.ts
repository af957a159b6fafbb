import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Migration } from '../../sql/migration/folder.ts'
import { statementsOf } from '../../sql/migration/statements.ts'
import { modes, type TakenLock } from '../../store/migrate/locks.ts'

/** What `plan.md` says of one lock. */
export interface Claim {
  readonly step: number
  readonly mode: string
  readonly table: string
}

const line = /^\| (\d+)\. (?:[^|\\]|\\.)* \| ([A-Z ]+) \| ((?:[^|\\]|\\.)+) \|/

/** The locks that the table in `plan.md` announces; undefined where there is no such file. */
export function readClaims(folder: string): readonly Claim[] | undefined {
  const path = join(folder, 'plan.md')
  if (!existsSync(path)) return undefined
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const [, step, mode = '', table = ''] = line.exec(text) ?? []
      return step === undefined
        ? []
        : [{ step: Number(step), mode: mode.trim(), table: table.trim().replaceAll('\\|', '|') }]
    })
}

const strength = (mode: string): number => (modes as readonly string[]).indexOf(mode)

/** The tables that a migration makes: nobody waits for them. */
function createdBy({ up }: Pick<Migration, 'up'>): ReadonlySet<string> {
  const names = statementsOf(up).flatMap(({ words: [first, second, ...words] }) => {
    if (first !== 'create' || second !== 'table') return []
    const [name = '', dot, other = ''] = words[0] === 'if' ? words.slice(3) : words
    return [dot === '.' ? `${bare(name)}.${bare(other)}` : bare(name)]
  })
  return new Set(names)
}

const bare = (word: string): string => (word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word)

/** The locks that were stronger than announced, of those that keep anybody waiting. */
export function unannounced(
  claims: readonly Claim[],
  taken: readonly TakenLock[],
  migration: Pick<Migration, 'up'>,
): readonly TakenLock[] {
  const created = createdBy(migration)
  return taken.filter(({ step, table, mode }) => {
    if (created.has(table)) return false
    const said = claims.filter((claim) => claim.step === step && claim.table === table)
    return strength(mode) >= 0 && !said.some((claim) => strength(claim.mode) >= strength(mode))
  })
}
