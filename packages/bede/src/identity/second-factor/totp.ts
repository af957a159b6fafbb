import { isMembers } from '../../engine/complete.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { call, field, input, integer, is, text, time, value } from '../../engine/internal-statement.ts'
import { isCreated, isWritten, orLeave } from '../../engine/internal-write.ts'
import type { Json } from '../../expr/value.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { type Accounts, accountTypeOf } from '../account.ts'

type Account = string | number

/** What is kept of an account's authenticator app. */
export interface KeptTotp {
  /** Sealed. */
  readonly secret: string
  readonly confirmed: boolean
  readonly lastStep: number
  /** A sign-in that had begun by then is not gone on with. */
  readonly endedAt: Date | undefined
}

/** The secrets of authenticator apps, sealed, and the time steps whose codes were taken. */
export interface TotpSecrets {
  find(connection: Connection, account: Account): Promise<KeptTotp | undefined>
  /** Keeps the secret of an app that has shown no code yet, in the place of one before it. False: the account has an app. */
  begin(connection: Connection, account: Account, secret: string, now: string): Promise<boolean>
  /** The app has shown the code of this step: from now on it is asked for. False: it was shown before. */
  confirm(connection: Connection, account: Account, step: number, now: string): Promise<boolean>
  /**
   * Takes the code of this step, which is taken once: of many at once, one is given true (class 97). `begun`: when the
   * sign-in began that it completes.
   */
  take(connection: Connection, account: Account, taken: { step: number; begun: Date }): Promise<boolean>
  /** The same for what is no code of the app's. False: nothing asks for one, or what the sign-in rested on has changed. */
  pass(connection: Connection, account: Account, begun: Date): Promise<boolean>
  /** Keeps the secret as it is sealed now: the key it was sealed with is to go. */
  reseal(connection: Connection, account: Account, secret: string): Promise<void>
  /** Sign-ins that have begun until now are not gone on with. */
  endAll(connection: Connection, account: Account, now: string): Promise<void>
  /** False: there was no app. */
  remove(connection: Connection, account: Account): Promise<boolean>
}

const model = platform.totp

export function createTotpSecrets(planner: Planner, accounts: Accounts): TotpSecrets {
  const accountType = accountTypeOf(accounts)
  const mine = is('eq', 'accountId', accountType, 'account')
  const unconfirmed = call('and', mine, call('isNull', field('confirmedAt')))
  const newer = call('lt', field('lastStep'), input('step', integer))
  const going = call(
    'and',
    mine,
    call('isNotNull', field('confirmedAt')),
    call('or', call('isNull', field('endedAt')), call('lt', field('endedAt'), input('begun', time))),
  )

  const find = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: { model, as: 'row', where: mine },
      item: {
        kind: 'object',
        members: {
          secret: value(field('secret'), text),
          confirmedAt: value(field('confirmedAt'), time, true),
          lastStep: value(field('lastStep'), integer),
          endedAt: value(field('endedAt'), time, true),
        },
      },
      nullable: true,
    },
  })
  const dropUnconfirmed = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: unconfirmed, absent: 'ok' },
  })
  const begin = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: { accountId: input('account', accountType), secret: input('secret', text) },
      exists: orLeave('accountId'),
    },
  })
  const confirm = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: call('and', unconfirmed, newer),
      set: { confirmedAt: { kind: 'now' }, lastStep: input('step', integer) },
    },
  })
  const take = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: call('and', going, newer), set: { lastStep: input('step', integer) } },
  })
  const pass = internalCall(planner, {
    kind: 'write',
    // Writes what is there: whatever ends the sign-in meanwhile waits for it, or is waited for.
    write: { kind: 'update', model, target: going, set: { lastStep: field('lastStep') } },
  })
  const reseal = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: mine, set: { secret: input('secret', text) } },
  })
  const endAll = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target: mine, set: { endedAt: { kind: 'now' } } },
  })
  const remove = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: call('and', mine, call('isNotNull', field('confirmedAt'))), absent: 'ok' },
  })

  return {
    async find(connection, account) {
      const [body] = (await find.run(connection, { account })) ?? []
      return keptFrom(body == null ? null : JSON.parse(body))
    },
    async begin(connection, account, secret, now) {
      await dropUnconfirmed.run(connection, { account })
      return isCreated(await begin.run(connection, { account, secret }, { now }))
    },
    async confirm(connection, account, step, now) {
      return isWritten(await confirm.run(connection, { account, step }, { now }))
    },
    async take(connection, account, { step, begun }) {
      return isWritten(await take.run(connection, { account, step, begun: begun.toISOString() }))
    },
    async pass(connection, account, begun) {
      return isWritten(await pass.run(connection, { account, begun: begun.toISOString() }))
    },
    async reseal(connection, account, secret) {
      await reseal.run(connection, { account, secret })
    },
    async endAll(connection, account, now) {
      await endAll.run(connection, { account }, { now })
    },
    async remove(connection, account) {
      return isWritten(await remove.run(connection, { account }))
    },
  }
}

function keptFrom(json: Json): KeptTotp | undefined {
  if (!isMembers(json) || typeof json.secret !== 'string') return undefined
  const { secret, confirmedAt, lastStep, endedAt } = json
  return {
    secret,
    confirmed: typeof confirmedAt === 'string',
    lastStep: Number(lastStep),
    endedAt: typeof endedAt === 'string' ? new Date(endedAt) : undefined,
  }
}
