import type { Connection } from '../store/driver.ts'
import type { Metrics } from '../telemetry/metrics/registry.ts'

/** The same connection, whose statements and transactions are measured. */
export function measuredConnection(connection: Connection, metrics: Metrics): Connection {
  const time = metrics.histogram({
    name: 'bede_statement_seconds',
    help: 'Time from a statement to its answer, the wait for a connection included.',
    labels: ['result'],
  })
  let statements = 0
  let transactions = 0
  metrics.gauge({ name: 'bede_statements_in_flight', help: 'Statements that wait for their answer.' }, () => statements)
  metrics.gauge(
    { name: 'bede_transactions_open', help: 'Transactions that wait for one, or are under way.' },
    () => transactions,
  )

  const ok = ['ok']
  const failed = ['failed']
  async function timed<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    statements++
    let result = failed
    try {
      const answer = await work()
      result = ok
      return answer
    } finally {
      statements--
      time.observe(result, (performance.now() - began) / 1000)
    }
  }

  const measured = (inner: Connection): Connection => {
    const { body, replica } = inner
    return {
      ...inner,
      query: (statement, options) => timed(() => inner.query(statement, options)),
      ...(body && { body: (statement, options) => timed(() => body(statement, options)) }),
      ...(replica && {
        replica: (after) => {
          const found = replica(after)
          return found && measured(found)
        },
      }),
      async transaction(f, options) {
        transactions++
        try {
          return await inner.transaction((connection) => f(measured(connection)), options)
        } finally {
          transactions--
        }
      },
    }
  }
  return measured(connection)
}
