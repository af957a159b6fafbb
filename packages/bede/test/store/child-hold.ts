// Opens a store, says what came of it, and holds it until it is killed or told to let go.
import { openStore } from '../../src/store/open.ts'
import { Problem } from '../../src/telemetry/problem.ts'

const [url = '', mode] = process.argv.slice(2)
const driver = openStore(url)
try {
  const connection = await driver.open()
  console.log('open')
  if (mode === 'write') {
    await connection.script('create table if not exists mark (n int4); insert into mark values (1)')
    await driver.close()
    console.log('closed')
  } else {
    setInterval(() => {}, 1000)
  }
} catch (error) {
  console.log(error instanceof Problem ? `problem ${error.code}` : String(error))
}
