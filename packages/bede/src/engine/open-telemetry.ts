import { pathToFileURL } from 'node:url'
import { isProblem, Problem } from '../telemetry/problem.ts'
import type { SpanOptions, Tracing } from '../telemetry/tracing.ts'
import { resolveOptional } from '../toolkit/optional-package.ts'

/** What Bede uses of @opentelemetry/api 1. */
interface Api {
  readonly trace: {
    getTracer(name: string): ApiTracer
    setSpanContext(context: object, span: SpanContext & { readonly isRemote: true }): object
  }
  readonly context: { active(): object }
  readonly SpanKind: { readonly INTERNAL: number; readonly SERVER: number; readonly CLIENT: number }
  readonly SpanStatusCode: { readonly ERROR: number }
}
interface ApiTracer {
  startActiveSpan<T>(name: string, options: object, context: object, work: (span: ApiSpan) => T): T
}
interface ApiSpan {
  spanContext(): SpanContext
  setAttribute(name: string, value: string | number): void
  setStatus(status: { readonly code: number; readonly message?: string }): void
  end(): void
}
interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

/** Under it every copy of the API finds what the program has registered. */
const registered = Symbol.for('opentelemetry.js.api.1')
const named = '@opentelemetry/api'

/**
 * Spans for the OpenTelemetry SDK that the program has registered; undefined: it has none. Throws a Problem
 * `invalid-setting` where the SDK is there and the package of its API is not.
 */
export async function openTelemetry(): Promise<Tracing | undefined> {
  const found: unknown = Reflect.get(globalThis, registered)
  if (typeof found !== 'object' || found === null || !('trace' in found)) return undefined
  return tracingBy(await load())
}

async function load(): Promise<Api> {
  try {
    const loaded: unknown = await import(pathToFileURL(resolveOptional(named)).href)
    return loaded as Api // another package's, of the version that its symbol names
  } catch (cause) {
    throw new Problem('invalid-setting', {
      message: `An OpenTelemetry SDK is registered, and the package ${named} cannot be loaded.`,
      hint: `Run npm install ${named}@1 in the project.`,
      cause,
    })
  }
}

function tracingBy({ trace, context, SpanKind, SpanStatusCode }: Api): Tracing {
  const tracer = trace.getTracer('bede')
  const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT }
  const parentOf = ({ parent }: SpanOptions): object => {
    const active = context.active()
    const [, traceId, spanId, flags = ''] = /^00-(\w{32})-(\w{16})-(\w{2})$/.exec(parent ?? '') ?? []
    if (traceId === undefined || spanId === undefined) return active
    return trace.setSpanContext(active, { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true })
  }
  return {
    span: (name, options, work) => {
      const { kind, attributes = {} } = options
      const how = { kind: kind ? kinds[kind] : SpanKind.INTERNAL, attributes }
      return tracer.startActiveSpan(name, how, parentOf(options), async (span) => {
        const { traceId, spanId, traceFlags } = span.spanContext()
        const traceparent = `00-${traceId}-${spanId}-${traceFlags & 1 ? '01' : '00'}`
        try {
          return await work({ traceparent, set: (key, value) => span.setAttribute(key, value) })
        } catch (error) {
          const { code, status } = isProblem(error) ? error : { code: 'internal', status: 500 }
          span.setAttribute('bede.code', code)
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: code })
          throw error
        } finally {
          span.end()
        }
      })
    },
  }
}
