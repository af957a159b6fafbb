import type { AnyField, Passable, Passed, Sent } from '../model/field.ts'
import type { Html } from '../toolkit/html/markup.ts'
import type { ByMedia, FileReply, HeaderValue, Reply, StreamReply } from './reply.ts'

// What a handler may return, by what its route says that it answers.

/** A value of this shape, as it is answered. */
export type Output<O> = O extends AnyField ? Sent<O> : Passable<O & { readonly [N in keyof O]: AnyField }>

type Worded = `text/${string}` | 'application/xml' | `${string}+xml` | 'application/yaml'
/** What may be answered as this media type. A page is made by `html`, or comes from a file. */
type Raw<P> = P extends `text/html${string}`
  ? Html | FileReply | StreamReply
  : P extends Worded
    ? string | FileReply | StreamReply
    : FileReply | StreamReply

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing has no return
type Nothing = undefined | void

type Body<R> = R extends { readonly also: infer K } ? ByMedia<Forms<R, K>> : One<R>
type One<R> = R extends { readonly output: infer O }
  ? Output<O>
  : R extends { readonly produces: infer P }
    ? Raw<P>
    : Nothing

/** The same answer in each of its media types, of which one is made. */
type Forms<R, K> = { readonly [M in MediaOf<R> & string]: One<R> } & {
  readonly [M in keyof K & string]: K[M] extends { readonly output: infer O } ? Output<O> : Raw<M>
}
type MediaOf<R> = R extends { readonly produces: infer P } ? P : 'application/json'

/** Lines that an answer has to have, and those that it may have. */
type Lines<R> = R extends { readonly headers: infer I } ? Demanded<I> : unknown
type Demanded<I> = {
  readonly [N in keyof I as NeedOf<I[N]> extends 'needed' ? N : never]: Line<I[N]>
} & { readonly [N in keyof I as NeedOf<I[N]> extends 'needed' ? never : N]?: Line<I[N]> | undefined }
type NeedOf<F> = F extends AnyField ? Passed<F> : 'needed'
type Line<F> = string | (F extends AnyField ? Sent<F> & HeaderValue : never)
/** A plain value has no lines of its own: where there have to be some, it is no answer. */
type Plain<R> = Record<never, never> extends Lines<R> ? Body<R> : never

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
type Status<T> = T extends `${infer N extends number}` ? N : never
interface Ranges {
  readonly '2XX': Status<`2${Digit}${Digit}`>
  readonly '3XX': Status<`3${Digit}${Digit}`>
  readonly '4XX': Status<`4${Digit}${Digit}`>
  readonly '5XX': Status<`5${Digit}${Digit}`>
}
/** The statuses of one of the responses `All`: the nearest that names one is the one that counts. */
type StatusesOf<K, All> = K extends number
  ? K
  : K extends keyof Ranges
    ? Exclude<Ranges[K], All>
    : Exclude<Ranges[keyof Ranges], All | Ranges[All & keyof Ranges]>

type Fine<K> = K extends number ? (`${K}` extends `2${string}` ? K : never) : never
type FineOf<K> = [Fine<K>] extends [never] ? ('2XX' extends K ? '2XX' : K & 'default') : Fine<K>
/** The response that a plain value is an answer of: that of `status`, or those that say all went well. */
type Plainly<S, Rs> = [S & keyof Rs] extends [never] ? FineOf<keyof Rs> & keyof Rs : S & keyof Rs
type Unnamed<Rs, P extends keyof Rs> = P extends unknown
  ? Plain<Rs[P]> | Reply<Body<Rs[P]>, undefined, Lines<Rs[P]>>
  : never

type Listed<Rs> = [Rs] extends [never]
  ? never
  : { [K in keyof Rs]: Reply<Body<Rs[K]>, StatusesOf<K, keyof Rs>, Lines<Rs[K]>> }[keyof Rs]

/** What is said of the answer when all goes well. */
type Success<O, P, K> = [K] extends [never] ? SuccessOne<O, P> : ByMedia<Forms<Stated<O, P>, K>>
type SuccessOne<O, P> = [O] extends [never] ? Raw<P> : Output<O>
type Stated<O, P> = ([O] extends [never] ? unknown : { readonly output: O }) &
  ([P] extends [never] ? unknown : { readonly produces: P })
type Succeeding<S, O, P, K> =
  | Success<O, P, K>
  | Reply<Success<O, P, K>, ([S] extends [never] ? 200 : S & number) | undefined>

/** What a handler may return: anything, where its route does not say what it answers. */
export type Returnable<S, O, P, K, Rs> = [O] extends [never]
  ? [P] extends [never]
    ? [Rs] extends [never]
      ? unknown
      : Listed<Rs> | Unnamed<Rs, Plainly<S, Rs>>
    : Succeeding<S, O, P, K> | Listed<Rs>
  : Succeeding<S, O, P, K> | Listed<Rs>
