import type { Connection } from '../../../store/driver.ts'
import { Problem } from '../../../telemetry/problem.ts'
import type { Upload, UploadRecords } from './records.ts'

/** The next bytes are not those that were sent. */
export const elsewhere = ({ received }: Upload): Problem =>
  new Problem('conflict', {
    message: `${received} bytes of this upload have come; Upload-Offset says something else`,
    hint: 'Ask with HEAD how many there are, and go on from there.',
  })

/** Why nothing could be added: another request was faster, or is putting the parts together, or has given it up. */
export async function changedSince(connection: Connection, records: UploadRecords, known: Upload): Promise<Problem> {
  const found = await records.find(connection, known.id)
  if (!found) return new Problem('not-found', { message: 'The upload is gone', hint: 'Begin again with POST.' })
  if (found.received !== known.received) return elsewhere(found)
  return new Problem('locked', { message: 'The parts of this upload are being put together', retryAfter: 2 })
}
