import type { Expr } from '../../expr/expr.ts'
import { has } from '../../expr/walk.ts'
import type { ActorDefinition, Manifest } from '../../manifest/manifest.ts'
import type { BoundScan } from '../../plan/plan.ts'
import type { Right } from '../../plan/rights.ts'
import { aboutRow, inWords } from '../../plan/words.ts'

type Rule = Expr<BoundScan>

/** Somebody as far as rules tell people apart, and what is known of them. */
export interface Role {
  readonly name: string
  readonly signedIn: boolean
  /** What stands for a part of a rule, of the row with this variable; undefined: that is not known. */
  known(part: Rule, right: Pick<Right, 'model' | 'as'>): Rule | undefined
}

const truth = (value: boolean): Rule => ({ kind: 'literal', value, type: { kind: 'boolean' } })

/** Nobody, whoever is signed in, and each value of each choice by which the actor is known. */
export function rolesOf({ actor }: Manifest): readonly Role[] {
  const nobody: Role = {
    name: 'nobody',
    signedIn: false,
    known: (part) => (part.kind === 'actor' ? { kind: 'literal', value: null, type: part.type } : undefined),
  }
  const signedIn: Role = { name: 'signed in', signedIn: true, known: (part) => whoever(part, actor) }
  const choices = Object.entries(actor.fields).flatMap(([field, { type }]) =>
    (type.choices ?? []).map(
      (choice): Role => ({
        name: `${field} ${choice}`,
        signedIn: true,
        known: (part) =>
          part.kind === 'actor' && part.field === field
            ? { kind: 'literal', value: choice, type: part.type }
            : whoever(part, actor),
      }),
    ),
  )
  return [nobody, signedIn, ...choices]
}

/** Of somebody who is signed in, who it may be: the actor's fields that are always there are there. */
function whoever(part: Rule, { fields }: ActorDefinition): Rule | undefined {
  if (part.kind !== 'call') return undefined
  const [left, right] = part.args
  if (left?.kind !== 'actor') return undefined
  const there = !fields[left.field]?.optional
  if (part.fn === 'eq' && right?.kind === 'actor' && right.field === left.field)
    return there ? truth(true) : { ...part, fn: 'isNotNull', args: [left] }
  return there && (part.fn === 'isNotNull' || part.fn === 'isNull') ? truth(part.fn === 'isNotNull') : undefined
}

/** Whoever a row names as its own, in each of the ways in which these rules ask: `row.authorId = actor.id`. */
export function ownersOf(rights: readonly Right[], manifest: Manifest): readonly Role[] {
  const found = new Set<string>()
  for (const { rule, model, as } of rights) {
    has<BoundScan>(rule, (part) => {
      const said = ownership(part, manifest, model, as)
      if (said !== undefined) found.add(said)
      return false
    })
  }
  return [...found].map((said) => ({
    name: said,
    signedIn: true,
    known: (part, { model, as }) =>
      ownership(part, manifest, model, as) === said ? truth(true) : whoever(part, manifest.actor),
  }))
}

/** A condition that names the row's owner, through relations too. */
function ownership(part: Rule, manifest: Manifest, model: string, as: string): string | undefined {
  if (part.kind !== 'some' && !(part.kind === 'call' && part.fn === 'eq')) return undefined
  const said = inWords(part, aboutRow(manifest, model, as))
  return /^row\.[\w.]+ = actor\.id$/.test(said) ? said : undefined
}
