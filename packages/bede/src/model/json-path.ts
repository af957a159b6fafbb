import type { MemberName, MemberOf } from './expression.ts'
import type { AnyField, Stored } from './field.ts'

/** Paths into a document, three names deep: `theme`, `ui.theme`. */
type Below<T, D extends readonly unknown[] = [1, 1]> = {
  readonly [K in MemberName<T>]: D extends readonly [unknown, ...infer Rest]
    ? K | `${K}.${Below<MemberOf<T, K>, Rest>}`
    : K
}[MemberName<T>]

/** Paths into the json fields among `F`: `settings.theme`. */
export type JsonPaths<F> = {
  readonly [N in keyof F & string]: F[N] extends AnyField & { readonly kind: 'json' }
    ? `${N}.${Below<Stored<F[N]>>}`
    : never
}[keyof F & string]
