import { Worker } from 'node:worker_threads'
import { Problem } from '../../telemetry/problem.ts'
import { refusedImage } from './refusal.ts'
import type { ImageOutcome, ImageTask } from './worker.ts'

/** Sources run as they are; what is published is JavaScript. */
const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
/** Megabytes of a worker for what is neither pixels nor WebAssembly. */
const heap = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, codeRangeSizeMb: 32, stackSizeMb: 4 }

/**
 * Runs the task in a thread of its own, which is ended when the time is over or the caller is gone, and with its memory.
 * Throws the Problem `invalid-image` (422) when the time or the memory that it is given does not do.
 */
export async function inWorker(task: ImageTask, milliseconds: number, signal: AbortSignal): Promise<ImageOutcome> {
  signal.throwIfAborted()
  const worker = new Worker(file, {
    workerData: task,
    transferList: [task.bytes],
    resourceLimits: heap,
    env: {},
    // Those of this process may not be ones for a file.
    execArgv: [],
    // What the codecs say of an image is of no use to anybody.
    stdout: true,
    stderr: true,
  })
  const { promise, resolve, reject } = Promise.withResolvers<ImageOutcome>()
  const leave = () => reject(signal.reason)
  const timer = setTimeout(() => reject(refusedImage(`it takes longer than ${milliseconds / 1_000} s`)), milliseconds)
  signal.addEventListener('abort', leave, { once: true })
  worker.once('message', resolve)
  worker.once('error', (error) => reject(refusalOf(error)))
  worker.once('exit', () => reject(refusedImage('it cannot be decoded')))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
    await worker.terminate()
  }
}

/** What codecs throw is answered inside; what comes out here is the end of its memory, or a codec that cannot be loaded. */
const refusalOf = (error: unknown): Problem =>
  Reflect.get(Object(error), 'code') === 'ERR_WORKER_OUT_OF_MEMORY'
    ? refusedImage('it cannot be decoded within the memory that it is given', error)
    : new Problem('internal', { cause: error })
