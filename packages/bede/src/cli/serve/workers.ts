import cluster, { type Worker } from 'node:cluster'
import { createServer } from 'node:net'
import { cannotListen } from '../../surface/http/edge/listen-address.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { type ExitCode, exit } from '../command/exit.ts'
import type { Address } from '../settings/address.ts'
import type { Stopping } from './stopping.ts'
import { isWord, type Word } from './word.ts'

export interface Supervision {
  readonly workers: number
  readonly log: Logger
  readonly stopping: Stopping
  readonly address: Address
  /** Milliseconds a worker has to end once it was asked to. */
  readonly patience: number
}

/** Milliseconds before a crashed worker is replaced: doubled each time, back to the first once one has served so long. */
const firstPause = 100
const maxPause = 10_000
const settled = 10_000

interface Seat {
  readonly number: number
  worker?: Worker | undefined
  /** Since when it serves, by this process's own clock. */
  serving?: number | undefined
  pause: number
  timer?: NodeJS.Timeout
}

/**
 * Runs this very command in `workers` processes that share one port. The first one starts alone: it finds the mistakes,
 * and makes the tables of an empty database. A worker that ends is replaced; one that never served ends them all, with
 * its own exit code. Answers the exit code once all have ended.
 */
export async function supervise({ workers, log, stopping, address, patience }: Supervision): Promise<ExitCode> {
  const seats = Array.from({ length: workers }, (_, index): Seat => ({ number: index + 1, pause: firstPause }))
  const done = Promise.withResolvers<ExitCode>()
  let port = address.port
  let ending = false
  let code: number = exit.fine
  let announced = false
  let kill: NodeJS.Timeout | undefined

  const running = () => seats.filter(({ worker }) => worker !== undefined)

  function begin(seat: Seat): void {
    const worker = cluster.fork({ BEDE_WORKER: String(seat.number), BEDE_WORKER_PORT: String(port) })
    seat.worker = worker
    seat.serving = undefined
    worker.on('message', (word: unknown) => {
      if (isWord(word) && word.bede === 'serving') served(seat, word)
    })
    worker.once('exit', (status, signal) => ended(seat, status, signal))
  }

  function served(seat: Seat, { url, port: taken }: Word & { readonly bede: 'serving' }): void {
    seat.serving = performance.now()
    port = taken
    if (ending) return
    for (const other of seats) if (!announced && other.worker === undefined) begin(other)
    if (announced || !seats.every(({ serving }) => serving !== undefined)) return
    announced = true
    log.info('all workers serve', { workers, url })
  }

  function ended(seat: Seat, status: number | null, signal: string | null): void {
    const since = seat.serving
    seat.worker = undefined
    seat.serving = undefined
    if (ending) {
      if (status !== 0) code = exit.failed
    } else if (since === undefined && !announced) {
      // It has said why. Others would say the same.
      code = status || exit.failed
      endAll()
    } else if (status === 0) {
      log.info('a worker has stopped and is replaced', { worker: seat.number })
      begin(seat)
    } else {
      if (since !== undefined && performance.now() - since > settled) seat.pause = firstPause
      log.error('a worker has ended', { worker: seat.number, code: status, signal, replacedIn: seat.pause })
      seat.timer = setTimeout(() => begin(seat), seat.pause)
      seat.pause = Math.min(seat.pause * 2, maxPause)
    }
    if (ending && running().length === 0) finish()
  }

  function endAll(): void {
    ending = true
    for (const { timer, worker } of seats) {
      clearTimeout(timer)
      if (worker?.isConnected()) worker.send({ bede: 'stop' } satisfies Word)
    }
    kill = setTimeout(() => {
      for (const { number, worker } of running()) {
        log.error('a worker did not stop in time and is killed', { worker: number })
        worker?.process.kill('SIGKILL')
      }
    }, patience)
    if (running().length === 0) finish()
  }

  function finish(): void {
    clearTimeout(kill)
    done.resolve(code as ExitCode)
  }

  // The arguments are this command's own: what it was told, each worker is told.
  cluster.setupPrimary({ args: process.argv.slice(2), windowsHide: true })
  await refuseTaken(address)
  const [first] = seats
  if (first) begin(first)
  void stopping.asked.then((signal) => {
    if (ending) return
    log.info('stopping', { signal, workers: running().length })
    endAll()
  })
  return done.promise
}

/**
 * Workers listen each for itself on a port that the kernel lets them share, so that one that dies takes none of the
 * others' connections with it. It would let another program of the same user in as well: who has the port now is asked
 * before, as somebody who would not share.
 */
async function refuseTaken({ host, port }: Address): Promise<void> {
  if (port === 0) return
  const probe = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen({ host, port, exclusive: true }, resolve)
    })
  } catch (cause) {
    throw cannotListen({ host, port }, cause)
  } finally {
    await new Promise((resolve) => probe.close(resolve))
  }
}
