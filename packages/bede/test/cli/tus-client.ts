import { readFileSync, writeFileSync } from 'node:fs'
import { Upload } from 'tus-js-client'

// Sends a file as a program of its own: where it goes to, with which token, which file, and where it keeps the address of
// the upload that it has begun. It tries once; how it ended stands in the last line that it writes.
const [, , endpoint = '', token = '', path = '', kept = '', known = ''] = process.argv

const upload: Upload = new Upload(readFileSync(path), {
  endpoint,
  ...(known !== '' && { uploadUrl: known }),
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: 'Sommer am See.mp4', filetype: 'video/mp4' },
  retryDelays: null,
  onUploadUrlAvailable: () => writeFileSync(kept, upload.url ?? ''),
  onSuccess: () => console.log('sent'),
  onError: (error) => {
    console.log(`failed: ${error.message}`)
    process.exitCode = 1
  },
})
upload.start()
