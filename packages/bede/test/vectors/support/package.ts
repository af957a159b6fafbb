import Module from 'node:module'

type Resolve = (request: string, ...rest: unknown[]) => string

/** How often a package is looked for during `work`, in which it is not to be found. */
export async function askedFor(name: string, work: () => Promise<void>): Promise<number> {
  const place = Module as unknown as { _resolveFilename: Resolve }
  const original = place._resolveFilename
  let asked = 0
  place._resolveFilename = (request, ...rest) => {
    if (request !== name) return original.call(Module, request, ...rest)
    asked++
    throw new Error(`Cannot find module '${name}'`)
  }
  try {
    await work()
  } finally {
    place._resolveFilename = original
  }
  return asked
}
