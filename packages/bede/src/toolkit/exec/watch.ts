import type { KnownProgram } from './program.ts'
import { scratchSize } from './scratch-files.ts'
import type { Usage } from './usage.ts'

/** Milliseconds between two looks. */
const looking = 100

/** What is looked at while a program runs: what all of its processes use together, and what is in its folder. */
export interface Watched {
  readonly program: KnownProgram
  readonly scratch: string
  usage(): Usage | undefined
}

/**
 * Looks again and again whether a program has gone past what it may use. The kernel bounds each process and each file;
 * without a control group only looking bounds all of them. `over` is told what it did.
 */
export function watch({ program, scratch, usage }: Watched, over: (what: string) => void): { end(): void } {
  let ended = false
  const look = async (): Promise<void> => {
    const used = usage()
    const files = await scratchSize(scratch, program.disk)
    if (ended) return
    const what = excess(program, used, files)
    if (what === undefined) timer = setTimeout(look, looking)
    else over(what)
  }
  let timer = setTimeout(look, looking)
  return {
    end() {
      ended = true
      clearTimeout(timer)
    },
  }
}

function excess(program: KnownProgram, used: Usage | undefined, files: number): string | undefined {
  if (files + (used?.unnamed ?? 0) > program.disk) return `it wrote more than ${program.disk} bytes`
  if (!used) return undefined
  if (used.cpu > program.cpu) return `its processes had more than ${program.cpu} s of processor time`
  if (used.memory > program.memory) return tooMuchMemory(program)
  if (used.processes > program.processes) return `it was more than ${program.processes} processes and threads`
  return undefined
}

export const tooMuchMemory = ({ memory }: KnownProgram): string =>
  `its processes took more than ${memory} bytes of memory`
