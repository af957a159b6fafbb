import { writeSync } from 'node:fs'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { openStore } from '../../../src/store/open.ts'
import { first, second } from './making.ts'

/** Applies the migrations and kills itself, without any goodbye, at the nth event it is told of; 0: never. */
const [url = '', at = '0'] = process.argv.slice(2)
const driver = openStore(url)
const connection = await driver.open()
let events = 0
await applyMigrations(connection, [first, second], {
  tell: ({ event }) => {
    events++
    if (events !== Number(at)) return
    writeSync(1, `killed at ${event}\n`)
    process.kill(process.pid, 'SIGKILL')
  },
})
writeSync(1, 'finished\n')
await driver.close()
