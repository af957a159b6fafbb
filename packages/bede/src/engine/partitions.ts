import type { Manifest } from '../manifest/manifest.ts'
import { postgres } from '../sql/postgres/dialect.ts'
import type { Connection } from '../store/driver.ts'
import { isPartitioned, tendPartitions } from '../store/partitions.ts'
import type { Background } from './background.ts'

/** Between two looks at whether parts have to be made, in milliseconds. */
const interval = 3_600_000

/** Makes the parts of partitioned tables at the start, and for as long as the process runs. */
export async function keepPartitioned(
  connection: Connection,
  manifest: Manifest,
  clock: () => Date,
  background: Background,
): Promise<{ stop(): void }> {
  if (!isPartitioned(manifest)) return { stop: () => {} }
  const tend = (): void =>
    background.start('making partitions', () => tendPartitions(connection, manifest, postgres, clock()))
  tend()
  // A start waits for its parts; one that cannot have them now is no reason not to start: there is the default part.
  await background.idle()
  const timer = setInterval(tend, interval)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
