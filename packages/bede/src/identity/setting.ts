/** What the start says of how the backend is reached. */
export interface Setting {
  readonly development: boolean
  /** Where people reach the backend. A function where it is known only once the server listens. */
  readonly origin?: string | (() => string)
}
