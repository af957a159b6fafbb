declare const names: unique symbol

/**
 * The identifier of a row of model `M`: a UUIDv7 (RFC 9562 §5.7) as text, or a 53-bit integer where the model asks for
 * one. The brand exists in types only: an id of one model is not an id of another.
 */
export type Id<M extends string, T extends string | number = string> = T & { readonly [names]: M }
