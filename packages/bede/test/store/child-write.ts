// Writes pairs of rows, each pair in one transaction, and says so only after the transaction is over.
import { openStore } from '../../src/store/open.ts'

const [url = '', round = '0'] = process.argv.slice(2)
const connection = await openStore(url).open()
await connection.script(
  'create table if not exists pair (round int4, n int4, half int4, filler text, primary key (round, n, half))',
)
console.log('ready')
for (let n = 0; ; n++) {
  const write = (half: number) => ({
    sql: 'insert into pair values ($1, $2, $3, $4)',
    params: [round, String(n), String(half), 'x'.repeat(200 + (n % 7) * 300)],
    shape: [],
    name: 'pair',
  })
  await connection.transaction(async (transaction) => {
    await transaction.query(write(1))
    await transaction.query(write(2))
  })
  process.stdout.write(`${n}\n`)
  if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
}
