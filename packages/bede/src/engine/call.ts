import { isSystem, type SystemActor, system, systemReason } from '../declare/system.ts'
import type { Json, Scalar } from '../expr/value.ts'
import type { StopSignal } from '../store/stop.ts'
import type { UploadedFile } from '../toolkit/uploaded.ts'
import type { Standing } from './limits/quota.ts'

export { isSystem, type SystemActor, system, systemReason }

/** Who calls: the declared actor fields, `id` first. Read from the account row at sign-in, never from a request. */
export interface Actor {
  readonly id: string | number
  readonly [field: string]: Scalar | readonly Scalar[] | undefined
}

/** Where a request comes from, as its surface knows it; one for all calls of it. */
export interface From {
  /** The caller's address: the other end of the connection, or what a trusted proxy says. */
  readonly address: string
  /** A trusted proxy says it: it is the caller's own, whatever network it is of. */
  readonly named?: boolean
  /** What the limits that have counted the request have left. The engine says it, for the surface to tell. */
  standings?: readonly Standing[]
}

/** One call of one operation, from any surface (law 1). */
export interface OperationCall {
  readonly operation: string
  /** Plain JSON as the operation's input declares it. Not yet validated. */
  readonly input: unknown
  /** `null`: nobody is signed in, which gives no rights. */
  readonly actor: Actor | SystemActor | null
  /**
   * Of an operation with files: reads the rest of the request. It is called once, when it is known that the caller may send
   * it: what is refused before is not stored (class 19).
   */
  readonly arriving?: () => Promise<Arrived>
  /** Files that came with the call, each looked at by its bytes. Nothing in `input` stands for one (class 112). */
  readonly uploads?: Arrived['uploads']
  /** Aborts when the caller goes away. */
  readonly signal?: StopSignal
  /** Milliseconds from now; of a call with `content`, beside what its bytes take to come. */
  readonly deadline?: number
  /** What its log lines are found by. */
  readonly requestId?: string
  /** Absent: from this process itself. Whoever comes from outside is limited by it. */
  readonly from?: From
  /** The trace it belongs to (W3C Trace Context §3.2), told to the app's own destinations. */
  readonly traceparent?: string
  /** What the caller says it is (`User-Agent`): for people to know their sessions by, and for nothing else. */
  readonly agent?: string
  /** `Idempotency-Key`; the engine adds the fingerprint. */
  readonly idempotencyKey?: string
  /** `If-Match`: the entity tags one of which the row's current representation must have. */
  readonly ifMatch?: readonly string[]
  /** `If-None-Match: *`: only where there is no such row yet. */
  readonly onlyNew?: boolean
  /** `Bede-Consistency`: what the caller's last write was answered with; a read that has it may go to a replica. */
  readonly consistency?: string
  /** The read of a GET, which may be as old as the backend's replicas may be. */
  readonly mayLag?: boolean
  /** `Accept`, where an answer has several media types: the one is made that is wanted most. Absent: the first. */
  readonly accept?: string
  /** `Prefer: return=minimal`: the caller does not want the body. */
  readonly minimal?: boolean
  /** Of an operation that puts a file somewhere: the file. */
  readonly content?: Content
  /** Of an operation that gives the bytes of a file: which of them, and unless what is known. */
  readonly wanted?: Wanted
}

/** The bytes of a file, as they come. They are beside the input: nothing in JSON can pretend to be them (class 112). */
export interface Content {
  /** Once, and only when it is known that they may come (class 19). */
  readonly bytes: AsyncIterable<Uint8Array>
  /** As what it is sent (`Content-Type`). */
  readonly type?: string
  /** How many there will be, where that was said. */
  readonly length?: number
  /** Milliseconds that all of them may take to come. Absent: they come within the deadline of the call. */
  readonly time?: number
}

/** How the bytes of a file are asked for: the headers of those names, as they came. */
export interface Wanted {
  readonly range?: string
  readonly ifRange?: string
  readonly ifNoneMatch?: string
}

/** The rest of a call: what its body holds. */
export interface Arrived {
  /** The other fields of the form, as the `body` of the input; absent: there were none. */
  readonly body?: Json
  readonly uploads: Readonly<Record<string, readonly UploadedFile[]>>
}

/** What came of it. Refusals are thrown as Problems. */
export interface Outcome {
  readonly status: number
  readonly answer: Answer
  /** Of a page: the cursor after its last item, or null. */
  readonly next?: string | null
  readonly replayed?: boolean
  /** Of a write, where there are replicas: what later reads send along to see it. */
  readonly consistency?: string
  /** The id of the row that was created. */
  readonly created?: string
  /** Milliseconds per stage, in order (`Server-Timing`). */
  readonly timings: readonly (readonly [stage: string, milliseconds: number])[]
}

export type Answer =
  | { readonly kind: 'none'; readonly headers?: Readonly<Record<string, string>> }
  /** Written by the database, or serialized once: never parsed on its way out. */
  | {
      readonly kind: 'json'
      readonly text: string
      /** The same, where the database has sent it like that and nobody has asked for a string. */
      readonly bytes?: Uint8Array
      /** The same with its encrypted values as they are stored: what its entity tag is made of. */
      readonly stored?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'raw'
      readonly headers: Readonly<Record<string, string>>
      readonly body: string | Uint8Array | NodeJS.ReadableStream
      /** It came from somebody: whatever its type is, it runs nothing and is nobody (class 115). */
      readonly strangers?: true
      /** Bytes of the body, where they are known. Not a header: what frames a message is the surface's to say. */
      readonly length?: number
    }

/** What every surface, job and test calls. */
export interface Engine {
  call(call: OperationCall): Promise<Outcome>
  /** Several calls in one transaction: all or none. */
  batch(calls: readonly OperationCall[]): Promise<readonly Outcome[]>
}
