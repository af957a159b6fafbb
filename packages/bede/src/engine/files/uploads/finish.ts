import type { UploadAccess } from '../../../manifest/exposed/uploads.ts'
import type { InvokeOperation } from '../../../manifest/manifest.ts'
import type { Connection } from '../../../store/driver.ts'
import { isProblem } from '../../../telemetry/problem.ts'
import { Deadline } from '../../deadline.ts'
import { after } from '../../internal-statement.ts'
import type { Work } from '../../work.ts'
import { attach } from '../attach.ts'
import { bring } from '../bytes.ts'
import type { Files } from '../files.ts'
import { inOwnTime } from '../own-time.ts'
import { rulesAt } from '../row-file.ts'
import { changedSince } from './elsewhere.ts'
import { joined, removeParts } from './parts.ts'
import type { Part, Upload } from './records.ts'

/** Seconds after which whoever puts parts together and says nothing is taken for gone. */
const silence = 60
/** How often they say that they are still there. */
const sign = 15_000
/** Milliseconds that it may take, whatever the size. */
const longest = 12 * 3_600_000

interface Finishing {
  readonly access: UploadAccess
  readonly upload: Upload
  /** The part behind which there is no other; it goes where nothing comes of it. */
  readonly last: Part
}

/**
 * Makes the file of the row out of all parts. It goes on when its caller does not wait any more: who asks later finds it
 * done. Until then the last part does not count, so that nobody takes for ended what is not.
 */
export async function finish(work: Work<InvokeOperation>, files: Files, finishing: Finishing): Promise<void> {
  const { runtime, limit } = work
  const { upload, last } = finishing
  let all: readonly Part[]
  try {
    const { connection, clock } = runtime
    if (!(await files.uploads.claim(connection, upload, after(clock(), silence), clock().toISOString())))
      throw await changedSince(connection, files.uploads, upload)
    all = [...(await files.uploads.parts(connection, upload.id)), last]
  } catch (error) {
    await removeParts(files.storage(), [last]).catch(() => {}) // the sweep comes back to it
    throw error
  }
  const own = new Deadline(longest, undefined)
  const done = putTogether({ ...work, limit: own }, files, finishing, all).finally(() => own.end())
  runtime.background('finishing an upload', () => done.catch(() => {})) // whoever waits is told
  await limit.race(done)
}

async function putTogether(
  work: Work<InvokeOperation>,
  files: Files,
  { access, upload, last }: Finishing,
  all: readonly Part[],
): Promise<void> {
  const { runtime, limit } = work
  const storage = files.storage()
  let unfit = false
  try {
    const bytes = joined(storage, all, signs(work, files, upload))
    const said = {
      length: upload.length,
      name: upload.name ?? undefined,
      ...(upload.type !== null && { type: upload.type }),
    }
    const rules = rulesAt(runtime.manifest, access)
    const arrived = await bring(storage, { bytes, ...said }, rules, limit.signal).catch((refusal: unknown) => {
      unfit = isUnfit(refusal)
      throw refusal
    })
    const first = async (connection: Connection): Promise<void> => {
      if (!(await files.uploads.end(connection, upload))) throw await changedSince(connection, files.uploads, upload)
    }
    await inOwnTime(work, (own) => attach(own, files, access, { arrived, keeper: upload, first }))
  } catch (error) {
    // What its bytes are will not be otherwise the next time; everything else may be.
    if (unfit) await files.uploads.forget(runtime.connection, upload.id)
    else await files.uploads.hold(runtime.connection, upload, null).catch(() => {}) // free when its time is over
    await removeParts(storage, unfit ? all : [last]).catch(() => {}) // the sweep comes back to them
    throw error
  }
  runtime.background('removing the parts of an upload', () => removeParts(storage, all))
}

/** Whether a file was refused for its bytes. */
export const isUnfit = (error: unknown): boolean => isProblem(error) && error.status < 499

/** Says every now and then that somebody is at it. */
function signs({ runtime }: Work<InvokeOperation>, files: Files, upload: Upload): () => Promise<void> {
  let said = runtime.clock().valueOf()
  return async () => {
    const now = runtime.clock()
    if (now.valueOf() - said < sign) return
    said = now.valueOf()
    await files.uploads.hold(runtime.connection, upload, after(now, silence))
  }
}
