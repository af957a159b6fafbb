import { pathToFileURL } from 'node:url'
import { Problem } from '../telemetry/problem.ts'
import { resolveOptional } from '../toolkit/optional-package.ts'

/** What Bede uses of a transport of nodemailer. */
export interface Transport {
  sendMail(message: object): Promise<unknown>
  close(): void
}

export type CreateTransport = (options: object) => Transport

/** The package, installed by whoever sends mail over SMTP. */
const named = 'nodemailer'

/** Throws the Problem `invalid-setting` where the package is not installed. */
export async function loadNodemailer(): Promise<CreateTransport> {
  try {
    return exportOf(await import(pathToFileURL(resolveOptional(named)).href))
  } catch (cause) {
    throw new Problem('invalid-setting', {
      message: `Mail over SMTP needs the package ${named}, which cannot be loaded.`,
      hint: `Run npm install ${named}@10 in the project.`,
      cause,
    })
  }
}

function exportOf(loaded: unknown): CreateTransport {
  const found: unknown = Reflect.get(Object(loaded), 'createTransport')
  if (typeof found !== 'function') throw new TypeError(`${named} has no export createTransport`)
  return found as CreateTransport // checked by what it is used for: it is another package's
}
