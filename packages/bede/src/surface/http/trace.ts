import { randomFillSync } from 'node:crypto'

/** Who a request is in logs, here and elsewhere. */
export interface Trace {
  /** Names this request; every answer carries it. */
  readonly requestId: string
  /** W3C Trace Context §3.2: the trace this request belongs to, with our own span. */
  readonly traceparent: string
  /** The span of whoever asks, as it was sent. */
  readonly parent?: string
}

const parent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:$|-)/
/** What can stand in a log line and in a header without a second meaning. */
const safeId = /^[A-Za-z0-9._-]{8,64}$/

/**
 * The caller's request id and trace where they have the right form, else new ones. Ids are for finding, never for
 * trusting. A version of traceparent newer than `00` may have more fields (§3.2.4); `00` may not.
 */
export function traceOf(inboundId: string | undefined, inboundParent: string | undefined): Trace {
  const digits = randomDigits()
  const requestId = inboundId !== undefined && safeId.test(inboundId) ? inboundId : uuidOf(digits)
  const found = inboundParent !== undefined && inboundParent.length <= 512 ? parent.exec(inboundParent) : null
  const exact = found && (inboundParent!.length === 55 || !inboundParent!.startsWith('00'))
  const traceId = exact ? found[1]! : digits.slice(32, 64)
  // Only the flag of version 00 is understood: sampled.
  const flags = exact && Number.parseInt(found[2]!, 16) & 1 ? '01' : '00'
  const own = { requestId, traceparent: `00-${traceId}-${digits.slice(64, 80)}-${flags}` }
  return exact ? { ...own, parent: `00-${traceId}-${inboundParent!.slice(36, 52)}-${flags}` } : own
}

/**
 * What one request takes: a UUID, a trace and a span. Drawn and written out for many at once: each draw is a system call,
 * and each conversion leaves JavaScript.
 */
const taken = 80
const pool = Buffer.alloc((taken / 2) * 128)
let digits = ''
let used = 0

function randomDigits(): string {
  if (used === digits.length) {
    randomFillSync(pool)
    digits = pool.toString('hex')
    used = 0
  }
  used += taken
  return digits.slice(used - taken, used)
}

/** A UUIDv4 (RFC 9562 §5.4) of 32 random digits. */
const uuidOf = (digits: string): string =>
  `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${'89ab'[Number.parseInt(digits[16]!, 16) & 3]}${digits.slice(17, 20)}-${digits.slice(20, 32)}`
