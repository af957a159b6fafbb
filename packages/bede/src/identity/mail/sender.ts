import { isMailAddress, isMailLine, type Sender } from './mail.ts'

/** Reads `no-reply@app.example` or `The app <no-reply@app.example>`; undefined: it is neither. */
export function readSender(text: string): Sender | undefined {
  const opening = text.indexOf('<')
  if (opening < 0) return isMailAddress(text.trim()) ? { address: text.trim() } : undefined
  const name = text.slice(0, opening).trim()
  const rest = text.slice(opening + 1).trim()
  const address = rest.slice(0, -1)
  const sound = rest.endsWith('>') && isMailAddress(address) && isMailLine(name) && !/[<>"]/.test(name)
  if (!sound) return undefined
  return name === '' ? { address } : { name, address }
}
