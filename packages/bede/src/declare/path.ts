import type { AnyField, Field } from '../model/field.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** `GET /api/articles/:slug` */
export type Endpoint = `${Method} /${string}`

/** The names of the parameters in a path. */
export type ParamNames<P extends string> = P extends `${string}/:${infer N}/${infer Rest}`
  ? N | ParamNames<`/${Rest}`>
  : P extends `${string}/:${infer N}`
    ? N
    : never

/** Text, unless the route says otherwise. */
export type Params<P extends string, O> = {
  readonly [N in ParamNames<P>]: N extends keyof O
    ? O[N] extends AnyField
      ? O[N]
      : never
    : Field<'text', string, object>
}

export const splitEndpoint = (
  endpoint: string,
): { readonly method: Method; readonly path: string; readonly params: readonly string[] } => {
  const [method = '', path = ''] = endpoint.split(' ')
  return { method: method as Method, path, params: [...path.matchAll(/:([^/]+)/g)].map((match) => match[1] ?? '') }
}
