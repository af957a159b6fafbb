/** What one span is about. Names and values come from the manifest, never from a caller. */
export interface SpanOptions {
  /** `server`: somebody asked; `client`: somebody is asked; else work of our own. */
  readonly kind?: 'server' | 'client'
  readonly attributes?: Readonly<Record<string, string | number>>
  /** The span of whoever asked, elsewhere (W3C Trace Context §3.2). Absent: what is under way here. */
  readonly parent?: string | undefined
}

/** A span that is under way. */
export interface Span {
  /** W3C Trace Context §3.2: what others are told. */
  readonly traceparent: string
  set(name: string, value: string | number): void
}

/** Spans of OpenTelemetry. There is one where the program has registered an SDK, and otherwise none: then nothing is made. */
export interface Tracing {
  /** Does the work in a span, which has failed when the work throws a failure of ours. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>
}
