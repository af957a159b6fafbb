import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** How often `/health/live` was asked, each time on a connection of its own, how often it answered 200, and how slowly. */
export interface Health {
  readonly asked: number
  readonly answered: number
  /** Milliseconds of the slowest answer. */
  readonly slowest: number
}

/** Asks after the health of a server again and again, in a thread of its own: who floods has no time to ask. */
export interface Prober {
  begin(): void
  end(): Promise<Health>
  stop(): Promise<unknown>
}

/** Milliseconds between two questions, and for one answer at most. */
const between = 50
const patience = 5_000

export async function startProber(url: string): Promise<Prober> {
  const worker = new Worker(new URL(import.meta.url), { workerData: url })
  await once(worker, 'online')
  return {
    begin: () => worker.postMessage('begin'),
    async end() {
      const [health] = (await Promise.all([once(worker, 'message'), worker.postMessage('end')]))[0] as [Health]
      return health
    },
    stop: () => worker.terminate(),
  }
}

/** One question, as whoever looks after a service asks it. */
export async function health(url: string): Promise<{ readonly status: number; readonly milliseconds: number }> {
  const begun = performance.now()
  let status = 0
  try {
    const signal = AbortSignal.timeout(patience)
    const answer = await fetch(`${url}/health/live`, { headers: { Connection: 'close' }, signal })
    await answer.arrayBuffer()
    status = answer.status
  } catch {
    // no answer is none
  }
  return { status, milliseconds: performance.now() - begun }
}

if (!isMainThread && typeof workerData === 'string') {
  let asking = false
  let counted = { asked: 0, answered: 0, slowest: 0 }
  let running: Promise<void> = Promise.resolve()
  const ask = async (url: string): Promise<void> => {
    while (asking) {
      const { status, milliseconds } = await health(url)
      counted.asked++
      if (status === 200) counted.answered++
      counted.slowest = Math.max(counted.slowest, milliseconds)
      await sleep(between)
    }
  }
  parentPort?.on('message', async (word) => {
    asking = word === 'begin'
    if (asking) {
      counted = { asked: 0, answered: 0, slowest: 0 }
      running = ask(workerData)
    } else {
      await running
      parentPort?.postMessage(counted)
    }
  })
}
