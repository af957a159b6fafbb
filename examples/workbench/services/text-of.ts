import { type Exec, Problem, type UploadedFile } from 'bede'

/** The most letters that are kept of a document. */
const longest = 200_000

/** A text as it can be kept: what no text holds is taken out. */
export const plain = (text: string): string => text.replaceAll('\0', '').toWellFormed().slice(0, longest)

/** The text of a document. That of a PDF is found by a program that knows nothing but this file. */
export async function textOf(document: UploadedFile, exec: Exec): Promise<string> {
  if (document.type !== 'application/pdf') return plain(await document.text())
  const { code, files } = await exec('pdftotext', ['-q', '-enc', 'UTF-8', 'in.pdf', 'out.txt'], {
    files: { 'in.pdf': { path: document.path } },
    take: ['out.txt'],
  })
  const text = files.get('out.txt')
  if (code !== 0 || !text) throw new Problem('invalid-value', { message: 'The PDF cannot be read.' })
  return plain(text.toString('utf8'))
}

/** The first page of a PDF as a small PNG. */
export async function firstPage(document: UploadedFile, exec: Exec): Promise<Buffer> {
  const options = ['-q', '-png', '-singlefile', '-scale-to', '240', 'in.pdf', 'page']
  const { code, files } = await exec('pdftoppm', options, {
    files: { 'in.pdf': { path: document.path } },
    take: ['page.png'],
  })
  const page = files.get('page.png')
  if (code !== 0 || !page) throw new Problem('invalid-value', { message: 'The PDF has no page that can be shown.' })
  return page
}
