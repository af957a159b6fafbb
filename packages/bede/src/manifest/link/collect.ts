import { ActionDeclaration } from '../../declare/action.ts'
import type { App } from '../../declare/app.ts'
import { EventDeclaration } from '../../declare/event.ts'
import { ExposureDeclaration } from '../../declare/expose.ts'
import { HandlerDeclaration } from '../../declare/handler-declaration.ts'
import { IdentityDeclaration } from '../../declare/identity.ts'
import { PolicyDeclaration } from '../../declare/policy.ts'
import { RouteDeclaration } from '../../declare/route.ts'
import { ViewDeclaration } from '../../declare/shape.ts'
import type { Mistakes } from '../mistakes.ts'

export type Declaration =
  | PolicyDeclaration
  | ViewDeclaration
  | ActionDeclaration
  | HandlerDeclaration
  | EventDeclaration
  | RouteDeclaration
  | ExposureDeclaration
  | IdentityDeclaration

const kinds = [
  PolicyDeclaration,
  ViewDeclaration,
  ActionDeclaration,
  HandlerDeclaration,
  EventDeclaration,
  RouteDeclaration,
  ExposureDeclaration,
  IdentityDeclaration,
]

const isDeclaration = (value: unknown): value is Declaration => kinds.some((kind) => value instanceof kind)

/** Every declaration an app's modules export. The export's name is its name; where it stands does not matter. */
export interface Collected {
  readonly all: readonly { readonly name: string; readonly declaration: Declaration }[]
  readonly nameOf: (declaration: object) => string | undefined
}

export const collect = (app: App, mistakes: Mistakes): Collected => {
  const names = new Map<object, string>()
  const taken = new Map<string, { readonly declaration: Declaration; readonly module: string }>()
  for (const [module, exports] of Object.entries(app.modules)) {
    for (const [name, declaration] of Object.entries(exports)) {
      if (!isDeclaration(declaration)) continue
      const other = taken.get(name)
      const before = names.get(declaration)
      if (other !== undefined && other.declaration !== declaration) {
        mistakes.add(
          name,
          'duplicate-name',
          `'${name}' is exported by ${other.module} and by ${module}`,
          'Rename one of them.',
        )
      } else if (before !== undefined && before !== name) {
        mistakes.add(
          name,
          'duplicate-name',
          `'${name}' is exported as '${before}' too`,
          'Export it once, under one name.',
        )
      } else {
        taken.set(name, { declaration, module })
        names.set(declaration, name)
      }
    }
  }
  return {
    all: [...taken].map(([name, { declaration }]) => ({ name, declaration })),
    nameOf: (declaration) => names.get(declaration),
  }
}
