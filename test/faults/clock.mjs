// Loaded into the server under test: its wall clock is what the file FAULT_CLOCK says, in milliseconds off the true one.
import { readFileSync } from 'node:fs'

const True = Date
let offset = 0
const look = () => {
  try {
    offset = Number(readFileSync(process.env.FAULT_CLOCK ?? '', 'utf8')) || 0
  } catch {
    offset = 0
  }
}
look()
setInterval(look, 20).unref()

globalThis.Date = class JumpingDate extends True {
  constructor(...parts) {
    if (parts.length === 0) super(True.now() + offset)
    else super(...parts)
  }
  static now() {
    return True.now() + offset
  }
}
