/** What a worker says to whoever supervises it, and hears from it. */
export type Word = { readonly bede: 'serving'; readonly url: string; readonly port: number } | { readonly bede: 'stop' }

export const isWord = (value: unknown): value is Word => typeof value === 'object' && value !== null && 'bede' in value
