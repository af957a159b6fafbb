import { createHash, randomBytes } from 'node:crypto'
import { internalCall } from '../../engine/internal-call.ts'
import { call, input, is, text, value } from '../../engine/internal-statement.ts'
import { isWritten } from '../../engine/internal-write.ts'
import type { Expr } from '../../expr/expr.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { type Accounts, accountTypeOf } from '../account.ts'

type Account = string | number

/** Codes that stand in for an authenticator app that is lost. Only hashes are kept; each works once. */
export interface RecoveryCodes {
  /** A new set, in the place of the one before it. Shown this once. */
  renew(connection: Connection, account: Account, now: string): Promise<readonly string[]>
  /** Whether it is one of them, and was not used. */
  has(connection: Connection, account: Account, code: string): Promise<boolean>
  /** Takes one away in the statement that finds it: of many that use it at once, one is given true (class 97). */
  use(connection: Connection, account: Account, code: string): Promise<boolean>
  left(connection: Connection, account: Account): Promise<number>
  endAll(connection: Connection, account: Account): Promise<void>
}

const count = 10
/** 100 random bits in four groups: nobody guesses one, even with a copy of the hashes. */
const groups = 4
const groupLength = 5
/** RFC 4648 §6, in small letters: five bits each, and no digit that looks like a letter. */
const letters = 'abcdefghijklmnopqrstuvwxyz234567'
const form = new RegExp(`^[${letters}]{${groups * groupLength}}$`)

const model = platform.recoveryCode

/** What a code is whatever its case, and with or without what stands between its groups; undefined: it is none. */
function plain(code: string): string | undefined {
  const all = code.toLowerCase().replace(/[\s-]/g, '')
  return form.test(all) ? all : undefined
}

function newCode(): string {
  const bytes = randomBytes(groups * groupLength)
  const code = Array.from(bytes, (byte) => letters[byte % letters.length]) // 256 is a multiple of 32
  return Array.from({ length: groups }, (_, group) =>
    code.slice(group * groupLength, (group + 1) * groupLength).join(''),
  ).join('-')
}

/** The account is part of what is hashed: a guess is a guess at one account's codes. */
const hashOf = (account: Account, code: string): string =>
  createHash('sha256').update(`recovery code\n${account}\n${code}`).digest('hex')

export function createRecoveryCodes(planner: Planner, accounts: Accounts): RecoveryCodes {
  const accountType = accountTypeOf(accounts)
  const mine = is('eq', 'accountId', accountType, 'account')

  const drop = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: mine, absent: 'ok' } })
  const keep = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      each: { path: ['hashes'], as: 'hash' },
      values: {
        accountId: input('account', accountType),
        codeHash: { kind: 'item', as: 'hash', path: [], type: text },
      },
    },
  })
  const one = call('and', mine, is('eq', 'codeHash', text))
  const use = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: one, absent: 'ok' } })
  const counting = (where: Expr) =>
    internalCall(planner, {
      kind: 'read',
      answers: value({ kind: 'aggregate', fn: 'count', from: { model, as: 'row', where } }, { kind: 'integer' }),
    })
  const [has, left] = [counting(one), counting(mine)]
  return {
    async renew(connection, account, now) {
      const codes = Array.from({ length: count }, newCode)
      await drop.run(connection, { account })
      await keep.run(connection, { account, hashes: codes.map((code) => hashOf(account, plain(code) ?? '')) }, { now })
      return codes
    },
    async has(connection, account, code) {
      const known = plain(code)
      if (known === undefined) return false
      const [body] = (await has.run(connection, { account, codeHash: hashOf(account, known) })) ?? []
      return Number(body ?? 0) > 0
    },
    async use(connection, account, code) {
      const known = plain(code)
      return known !== undefined && isWritten(await use.run(connection, { account, codeHash: hashOf(account, known) }))
    },
    async left(connection, account) {
      const [body] = (await left.run(connection, { account })) ?? []
      return Number(body ?? 0)
    },
    async endAll(connection, account) {
      await drop.run(connection, { account })
    },
  }
}
