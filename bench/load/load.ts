import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { atEnd } from '../cleanup.ts'
import type { Counted, Order, Said } from './generator.ts'

/** The process that makes the load. */
export interface Load {
  /** `measuring` is called when the warm-up is over. */
  run(order: Order, measuring: () => void): Promise<Counted>
  stop(): Promise<void>
}

/** Milliseconds that the last answers of a run may take. */
const patience = 30_000

export function startLoad(): Load {
  const child: ChildProcess = fork(fileURLToPath(new URL('./generator.ts', import.meta.url)), {
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const stop = atEnd(() => void child.kill('SIGKILL'))
  return {
    run(order, measuring) {
      return new Promise((resolve, reject) => {
        const late = (order.warm + order.seconds) * 1000 + patience
        const timer = setTimeout(() => settled(() => reject(new Error('the server stopped answering'))), late)
        const died = (): void => settled(() => reject(new Error('the load ended before its time')))
        const settled = (how: () => void): void => {
          clearTimeout(timer)
          child.off('message', heard)
          child.off('exit', died)
          how()
        }
        const heard = (said: Said): void => {
          if (said.kind === 'measuring') measuring()
          else if (said.kind === 'done') settled(() => resolve(said))
          else settled(() => reject(new Error(said.message)))
        }
        child.on('message', heard)
        child.on('exit', died)
        child.send(order)
      })
    },
    stop,
  }
}
