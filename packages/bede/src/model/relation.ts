/** The row that a `ref` field of the same model names. */
export interface One<B extends string = string> {
  readonly face: 'one'
  readonly by: B
}

/** The rows of model `T` whose `ref` field `B` names this row. */
export interface Many<T extends string = string, B extends string = string> {
  readonly face: 'many'
  readonly target: T
  readonly by: B
}

/** `author: one('authorId')`: the row that the field `authorId` names. */
export const one = <const B extends string>(by: B): One<B> => Object.freeze({ face: 'one', by })

/** `comments: many('comment', 'articleId')`: the comments whose `articleId` names this row. */
export const many = <const T extends string, const B extends string>(target: T, by: B): Many<T, B> =>
  Object.freeze({ face: 'many', target, by })
