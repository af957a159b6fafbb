import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface CpuProfile {
  readonly endTime: number
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** What a stack frame belongs to: the first whose pattern its place (`file:function`) matches. */
export type Stages = readonly (readonly [stage: string, place: RegExp])[]

/**
 * Where a process that Node has profiled (`--cpu-prof`) was in the last `seconds` before its end, as parts of the whole
 * that it was busy. Each sample counts for the innermost frame that a stage claims, else for the innermost one that
 * `rest` does: what Node does for a stage is that stage's.
 */
export function stagesOf(
  folder: string,
  stages: Stages,
  rest: Stages,
  from: number,
  to: number,
): ReadonlyMap<string, number> {
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  if (!file) throw new Error(`There is no profile in ${folder}`)
  const profile: CpuProfile = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const claimed = new Map<number, string>()
  const claimant = (id: number, of: Stages): string | undefined => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = nodes.get(at)?.callFrame
      const found = of.find(([, pattern]) => pattern.test(`${frame?.url}:${frame?.functionName}`))
      if (found) return found[0]
    }
    return undefined
  }
  const stageOf = (id: number): string => {
    const known = claimed.get(id) ?? claimant(id, stages) ?? claimant(id, rest) ?? 'other'
    claimed.set(id, known)
    return known
  }
  const times = new Map<string, number>()
  let busy = 0
  let beforeEnd = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0)
  for (const [index, id] of profile.samples.entries()) {
    const spent = profile.timeDeltas[index] ?? 0
    beforeEnd -= spent
    if (beforeEnd > from * 1e6 || beforeEnd < to * 1e6) continue
    const stage = stageOf(id)
    if (stage === 'idle') continue
    busy += spent
    times.set(stage, (times.get(stage) ?? 0) + spent)
  }
  return new Map([...times].map(([stage, time]) => [stage, time / busy]))
}
