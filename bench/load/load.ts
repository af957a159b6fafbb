import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Counted, Order, Said } from './generator.ts'

/** The process that makes the load. */
export interface Load {
  /** `measuring` is called when the warm-up is over. */
  run(order: Order, measuring: () => void): Promise<Counted>
  stop(): void
}

export function startLoad(): Load {
  const child: ChildProcess = fork(fileURLToPath(new URL('./generator.ts', import.meta.url)), {
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  return {
    run(order, measuring) {
      return new Promise((resolve, reject) => {
        const heard = (said: Said): void => {
          if (said.kind !== 'measuring') child.off('message', heard)
          if (said.kind === 'measuring') measuring()
          else if (said.kind === 'done') resolve(said)
          else reject(new Error(said.message))
        }
        child.on('message', heard)
        child.send(order)
      })
    },
    stop: () => void child.kill(),
  }
}
