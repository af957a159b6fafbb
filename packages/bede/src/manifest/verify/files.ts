import type { InvokeOperation, UploadDefinition } from '../manifest.ts'
import { memberMistake } from './name.ts'
import { type Verifying, wrong } from './report.ts'
import { own } from './scope.ts'

/** Files that come with a call: beside the members of its body, which are the form's other fields. */
export function verifyFiles(
  verifying: Verifying,
  name: string,
  { http, input }: InvokeOperation,
  files: Readonly<Record<string, UploadDefinition>>,
): void {
  const add = (text: string, hint?: string) => verifying.add(`${name}.files`, wrong('invalid-declaration', text, hint))
  const body = own(input, 'body')
  for (const file of Object.keys(files)) {
    const bad = memberMistake(file)
    if (bad) verifying.add(`${name}.files.${file}`, bad)
    if (body?.fields && own(body.fields, file))
      verifying.add(`${name}.files.${file}`, wrong('duplicate-name', `'${file}' is a member of the body too`))
  }
  if (!http) add('Files come over HTTP, and this has no address')
  else if (http.method === 'GET' || http.method === 'DELETE')
    add(`A ${http.method} brings no files`, 'Write POST or PUT.')
  if (body && !body.fields) add('Beside files the body has members', 'Write body: { title: text() }.')
}
