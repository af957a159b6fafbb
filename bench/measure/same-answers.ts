import assert from 'node:assert/strict'
import type { Request } from '../load/request.ts'
import type { Contestant } from './contest.ts'

/** How many requests of an operation are compared. */
const compared = 20

/**
 * Refuses to measure contestants that do not answer the same. Compared is what JSON says: spacing, the order of
 * members and how a time is written (`Z` or `+00:00`) are each server's own; ids and times of new rows are new.
 * `content` takes out what a contestant's protocol puts around the answer.
 */
export async function sameAnswers(
  contestants: readonly Contestant[],
  operations: readonly string[],
  content: (contestant: string, operation: string, json: unknown) => unknown = (_, __, json) => json,
): Promise<void> {
  const [first, ...others] = contestants
  if (!first) return
  for (const operation of operations) {
    const created = operation.startsWith('W')
    const read = async (contestant: Contestant, index: number) => {
      const request = contestant.requests[operation]?.[index]
      return request ? plain(content(contestant.name, operation, await ask(contestant, request)), created) : undefined
    }
    for (let index = 0; index < compared; index++) {
      const expected = await read(first, index)
      for (const other of others) {
        const actual = await read(other, index)
        if (actual !== undefined) assert.deepEqual(actual, expected, `${other.name} answers ${operation} otherwise`)
      }
    }
  }
}

async function ask({ name, port }: Contestant, { method, path, headers = {}, body }: Request): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${name} answers ${method} ${path} with ${response.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text)
}

const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/

function plain(json: unknown, created: boolean): unknown {
  if (Array.isArray(json)) return json.map((item) => plain(item, created))
  if (typeof json === 'string') return time.test(json) ? new Date(json).toISOString() : json
  if (typeof json !== 'object' || json === null) return json
  const members = Object.entries(json).filter(([name]) => !(created && (name === 'id' || name === 'createdAt')))
  return Object.fromEntries(members.map(([name, value]) => [name, plain(value, created)]))
}
