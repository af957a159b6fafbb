import type { Manifest } from '../../../manifest/manifest.ts'
import type { Connection } from '../../../store/driver.ts'
import type { ProveFile } from '../acknowledged.ts'
import { type Entry, inventoryOf } from '../inventory/inventory.ts'
import { type Draft, fieldsOf } from '../inventory/request.ts'
import type { Person, Shown } from '../world/person.ts'
import { createWorld, type World } from '../world/world.ts'
import { type Change, createCamera, type Picture } from './changes.ts'
import type { Exchange } from './exchange.ts'
import type { Served } from './serve.ts'

/** Sends one request and waits for its answer. */
export type Send = (draft: Draft, as: Person, credential?: Shown) => Promise<Exchange>

/** What is attacked: an app that is served, with a world in it. */
export interface Target {
  readonly manifest: Manifest
  readonly entries: readonly Entry[]
  readonly world: World
  readonly served: Served
  /** One request in a trial of its own: nothing of it stays. */
  readonly send: Send
  /** Several requests of which each finds what the ones before have done; of all of them nothing stays. */
  together<T>(work: (trial: Trial) => Promise<T>): Promise<T>
}

export interface Trial {
  readonly send: Send
  /** Two at once, as {@link TrialConnection.meet} has it. What both have written is told with the second. */
  meet(first: Asked, second: Asked): Promise<{ readonly both: readonly [Exchange, Exchange]; readonly met: boolean }>
  /** The rows as they are by now. */
  readonly inside: Connection
  /** What was written through `inside` is no request's doing. */
  noted(): Promise<void>
  /** What is not as it was at the begin. */
  changed(): Promise<readonly Change[]>
}

/** A request, and who sends it. */
export interface Asked {
  readonly draft: Draft
  readonly as: Person
  /** Absent: the first that they have. */
  readonly shown?: Shown | undefined
}

/** Milliseconds that an answer may take before nobody waits for it. */
const patience = 60_000

/** In place of a status: the connection ended without one. */
export const noAnswer = 0

/** `heard`: told of every exchange. `only`: the operations to attack; none: all. `samples`: files of the app's own. */
export async function createTarget(
  served: Served,
  heard: (exchange: Exchange, inside: Connection) => Promise<void>,
  only: readonly string[] = [],
  samples: ProveFile['files'] = {},
): Promise<Target> {
  const { manifest } = served.backend
  const world = await createWorld(served.backend, served)
  const camera = createCamera(manifest)
  let untouched: Picture | undefined
  const together: Target['together'] = (work) =>
    served.trials.run(async (inside) => {
      const begun = untouched ?? (await camera.picture(inside))
      untouched = begun
      let before = begun
      const seen = async (asked: Asked, answer: Answer): Promise<Exchange> => {
        const after = (await camera.hasWritten(inside)) ? await camera.picture(inside) : before
        const changes = after === before ? [] : camera.changes(before, after)
        const exchange: Exchange = { ...answer, draft: asked.draft, as: asked.as, shown: shownBy(asked), changes }
        before = after
        return exchange
      }
      const told = async (asked: Asked, answer: Answer): Promise<Exchange> => {
        const exchange = await seen(asked, answer)
        await heard(exchange, inside)
        return exchange
      }
      const once = ({ draft, ...by }: Asked) => ask(served.origin, draft, shownBy(by))
      return work({
        inside,
        async send(draft, as, credential) {
          const asked = { draft, as, shown: credential }
          return told(asked, await once(asked))
        },
        async meet(first, second) {
          const { met, ...answers } = await served.trials.meet(
            () => once(first),
            () => once(second),
          )
          const one = { ...answers.first, draft: first.draft, as: first.as, shown: shownBy(first), changes: [] }
          const other = await seen(second, answers.second)
          await heard(one, inside)
          // What two people have done is no work of one of them.
          await heard(first.as === second.as ? other : { ...other, changes: [] }, inside)
          return { both: [one, other], met }
        },
        async noted() {
          before = await camera.picture(inside)
        },
        changed: async () => camera.changes(begun, await camera.picture(inside)),
      })
    })
  return {
    manifest,
    entries: inventoryOf(manifest, samples).filter(({ name }) => only.length === 0 || only.includes(name)),
    world,
    served,
    together,
    send: (draft, as, credential) => together(({ send }) => send(draft, as, credential)),
  }
}

const shownBy = ({ as, shown = as.credentials[0] }: Pick<Asked, 'as' | 'shown'>): Shown | undefined => shown

type Answer = Awaited<ReturnType<typeof ask>>

async function ask(origin: string, draft: Draft, credential: Shown | undefined) {
  const request = {
    method: draft.method,
    redirect: 'manual',
    headers: { ...draft.headers, ...credential?.headers },
    ...bodyOf(draft),
  } as const
  const began = process.cpuUsage()
  const worked = (): number => {
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1000
  }
  const once = () => fetch(origin + draft.target, { ...request, signal: AbortSignal.timeout(patience) })
  try {
    // A connection that was kept open may have been closed meanwhile: that is no answer.
    const answer = await once().catch(once)
    const text = draft.method === 'HEAD' ? '' : await answer.text()
    return { status: answer.status, headers: answer.headers, text, worked: worked() }
  } catch (error) {
    const text = error instanceof Error ? error.message : 'no answer'
    return { status: noAnswer, headers: new Headers(), text, worked: worked() }
  }
}

function bodyOf({ body, form, files = [] }: Draft): { readonly body?: FormData | ArrayBuffer | string } {
  switch (form) {
    case 'multipart': {
      const data = new FormData()
      for (const [name, value] of fieldsOf(body)) data.append(name, value)
      for (const { field, name, type, bytes } of files) data.append(field, new Blob([copied(bytes)], { type }), name)
      return { body: data }
    }
    case 'alone':
      return { body: copied(files[0]?.bytes ?? new Uint8Array()) }
    case 'urlencoded':
      return {
        body: new URLSearchParams(fieldsOf(body).map(([name, value]): [string, string] => [name, value])).toString(),
      }
    case 'text':
      return { body: typeof body === 'string' ? body : JSON.stringify(body ?? '') }
    default:
      return body === undefined ? {} : { body: JSON.stringify(body) }
  }
}

/** Bytes in memory that nothing else shares. */
const copied = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
