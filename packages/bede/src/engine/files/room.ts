import { createHmac } from 'node:crypto'
import type { Expr, Source } from '../../expr/expr.ts'
import type { FilesDefinition, RoomDefinition } from '../../manifest/kept-files.ts'
import type { Manifest, Shape } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { tenantOf } from '../../manifest/tenant.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import { shownSize } from '../../toolkit/size.ts'
import { isSystem, type OperationCall } from '../call.ts'
import { type InternalCall, internalCall } from '../internal-call.ts'
import { bigint, call, field, input, integer, text, value } from '../internal-statement.ts'
import type { Keys } from '../keys/keys.ts'
import { networkOf } from '../limits/network.ts'
import { membersOf } from './read-records.ts'
import type { Keeper } from './records.ts'

/** What the key is for: where strangers' files came from is told apart by it, and read from nowhere (class 86). */
const purpose = 'where files came from'

/**
 * Whose the files of a call are: the account's, in the tenant in which it acts; of whoever has none, those of where the
 * call comes from.
 */
export function keeperOf(
  { actor, from }: Pick<OperationCall, 'actor' | 'from'>,
  { keys, manifest }: { readonly keys: Keys; readonly manifest: Manifest },
): Keeper {
  if (isSystem(actor)) return nobody
  if (actor !== null) return { ownerId: String(actor.id), network: null, tenant: tenantOf(manifest, actor) }
  if (!from) return nobody
  const network = createHmac('sha256', keys.derive(purpose)).update(networkOf(from.address)).digest('base64url')
  return { ownerId: null, network, tenant: null }
}

const nobody: Keeper = { ownerId: null, network: null, tenant: null }

/** What counts together: all that an account keeps, in whichever tenants; or all that comes from one address. */
type CountedBy = 'ownerId' | 'network'

/** How many files there are, and of how many bytes. */
interface Used {
  readonly count: number
  readonly bytes: number
}

/** How much one may keep, and how much they do. */
export interface Room {
  /** Whether anything bounds what they keep. `begun`: what they begin to send. */
  bounds(keeper: Keeper, begun?: 'begun'): boolean
  /**
   * Refuses a file that is too much beside those that are kept, and those that are being sent. `begun`: it is one of
   * these, from now on. Throws a Problem `quota-exceeded`.
   */
  check(connection: Connection, keeper: Keeper, more: number, begun?: 'begun'): Promise<void>
}

export function roomFor(planner: Planner, files: FilesDefinition): Room {
  const reads = { ownerId: usage(planner, 'ownerId'), network: usage(planner, 'network') }
  const limitOf = ({ ownerId }: Keeper): RoomDefinition => (ownerId === null ? files.anonymous : files)
  const isBound = ({ count, bytes }: RoomDefinition): boolean => count !== undefined || bytes !== undefined
  const bounds: Room['bounds'] = (keeper, begun) =>
    (keeper.ownerId !== null || keeper.network !== null) &&
    (isBound(limitOf(keeper)) || (begun !== undefined && isBound(files.uploads)))
  return {
    bounds,
    async check(connection, keeper, more, begun) {
      if (!bounds(keeper, begun)) return
      const { kept, coming } = await used(connection, reads, keeper)
      const all = { count: kept.count + coming.count, bytes: kept.bytes + coming.bytes }
      refuse(all, more, limitOf(keeper), keeper.ownerId === null ? ofAddress : ofAccount)
      if (begun) refuse(coming, more, files.uploads, unended)
    },
  }
}

interface Words {
  readonly have: string
  readonly hint: string
}

const ofAccount: Words = { have: 'You have', hint: 'Delete a file that is not needed any more.' }
const ofAddress: Words = {
  have: 'Those who come from your address without signing in have',
  hint: 'Sign in. Behind a proxy all come from one address until BEDE_TRUSTED_PROXIES names it.',
}
const unended: Words = {
  have: 'Of uploads that have not ended you have',
  hint: 'Go on with one, or give it up with DELETE: each is gone when its time is over.',
}

function refuse({ count, bytes }: Used, more: number, most: RoomDefinition, { have, hint }: Words): void {
  if (most.count !== undefined && count + 1 > most.count)
    throw new Problem('quota-exceeded', { message: `${have} ${count} files, and may have ${most.count}`, hint })
  if (most.bytes !== undefined && bytes + more > most.bytes) {
    const message = `${have} files of ${shownSize(bytes)}, and may have ${shownSize(most.bytes)}`
    throw new Problem('quota-exceeded', { message, hint })
  }
}

async function used(
  connection: Connection,
  reads: { readonly [K in CountedBy]: InternalCall },
  { ownerId, network }: Keeper,
): Promise<{ readonly kept: Used; readonly coming: Used }> {
  const read = ownerId === null ? reads.network : reads.ownerId
  const found = membersOf(await read.run(connection, { keeper: ownerId ?? network })) ?? {}
  return {
    kept: { count: Number(found.files ?? 0), bytes: Number(found.bytes ?? 0) },
    coming: { count: Number(found.uploads ?? 0), bytes: Number(found.coming ?? 0) },
  }
}

const ofFile = (name: string): Expr => field(name, 'file')

/** Files of one keeper, and uploads that have not ended. */
function usage(planner: Planner, by: CountedBy): InternalCall {
  const theirs = call('eq', ofFile(by), input('keeper', text))
  const unended = call('lt', ofFile('received'), ofFile('length'))
  const kept: Source = { model: platform.file, as: 'file', where: theirs }
  const coming: Source = { model: platform.upload, as: 'file', where: call('and', theirs, unended) }
  const count = (from: Source): Shape => value({ kind: 'aggregate', fn: 'count', from }, integer)
  const sum = (from: Source, of: string): Shape =>
    value({ kind: 'aggregate', fn: 'sum', from, of: ofFile(of) }, bigint, true)
  return internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'object',
      members: {
        files: count(kept),
        bytes: sum(kept, 'size'),
        uploads: count(coming),
        coming: sum(coming, 'length'),
      },
    },
  })
}
