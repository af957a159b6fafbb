import type { Answerable, Expected, Of } from '../model/expression.ts'
import type { ListOptions, Row, RowOf } from '../model/row.ts'
import type { Models, Schema } from '../model/schema.ts'
import { Problem } from '../telemetry/problem.ts'
import { readSpan, type Span } from '../toolkit/span.ts'
import { recordedOr } from './failed.ts'
import { answerOf, record, within } from './recording.ts'
import { placeOf, RecordedRows, rowNamed } from './rows.ts'
import { type ActorDeclaration, type ActorRow, actorRow, now } from './scope.ts'
import { type RecordedShape, Shaped, shapeOf, throughShape, ViewDeclaration } from './shape.ts'

/** What is seen of one row of model `M`: in JSON a `T`. */
export interface View<S extends Schema<S>, M extends keyof S, T> {
  /** The view of a row that is at hand. */
  of<N extends null = never>(row: RowOf<M, N>): Answerable<T | N>
  /** The view of the one row for which `where` holds; none: 404. */
  one(where: (row: Row<S, M>) => Expected['condition']): Answerable<T>
  /** The same; none: null. */
  maybe(where: (row: Row<S, M>) => Expected['condition']): Answerable<T | null>
  list(options?: ListOptions<Row<S, M>>): Answerable<T[]>
  /**
   * The same view, and answers made of it alone may be kept and given again to the same question: until something they
   * read has changed, and never longer than `for`, which is at most a day. See the guide "Cache a view".
   */
  cached(options: { readonly for: Span }): View<S, M, T>
}

export interface ViewScope<S extends Schema<S>, A, M extends keyof S> {
  readonly row: Row<S, M>
  readonly actor: ActorRow<A>
  readonly now: Of<'timestamp', string>
}

type Where = (row: object) => unknown

export class RecordedView extends ViewDeclaration {
  readonly models: Models
  constructor(models: Models, model: string, shape: RecordedShape, cachedFor?: number) {
    super(model, shape, cachedFor)
    this.models = models
  }

  of(row: object): Shaped {
    const { as, through, nullable } = placeOf(row)
    return new Shaped(throughShape(through, { kind: 'view', view: this, row: as }, nullable))
  }
  one(where: Where) {
    return this.single(where, false)
  }
  maybe(where: Where) {
    return this.single(where, true)
  }
  list(options = {}): Shaped {
    return within(`${this.model} view list`, () => {
      const { from } = new RecordedRows(this.models, this.model).source(options)
      return new Shaped({ kind: 'list', from, item: { kind: 'view', view: this, row: from.as } })
    })
  }

  cached(options: { readonly for: string }): RecordedView {
    const place = `${this.model} view cached`
    const { models, model, shape } = this
    const seconds = () => cachedFor(place, options?.for)
    return recordedOr(
      place,
      models,
      () => new RecordedView(models, model, shape, seconds()),
      () => new RecordedView(models, model, shape),
    )
  }

  private single(where: Where, nullable: boolean) {
    return within(`${this.model} view one`, () => {
      const { from } = new RecordedRows(this.models, this.model).source({ where })
      return new Shaped({
        kind: 'one',
        from,
        item: { kind: 'view', view: this, row: from.as },
        ...(nullable && { nullable }),
      })
    })
  }
}

/** A day: what is older should be computed again, whatever is known of it. */
const longest = 86_400

function cachedFor(place: string, span: string | undefined): number {
  const seconds = readSpan(String(span))
  if (seconds !== undefined && seconds <= longest) return seconds
  throw new Problem('invalid-declaration', {
    message: `${place}: an answer cannot be kept for '${span}'`,
    hint: "Write cached({ for: '30s' }): seconds, minutes or hours, at most 1d.",
  })
}

export const recordView = (
  models: Models,
  actor: ActorDeclaration,
  model: string,
  callback: (scope: never) => unknown,
): RecordedView => {
  const place = `${model} view`
  const make = () =>
    record(place, () => {
      const scope = { row: rowNamed(models, model, 'row'), actor: actorRow(actor, false), now: now() }
      return shapeOf(answerOf('view', callback, scope))
    })
  return recordedOr(
    place,
    models,
    () => new RecordedView(models, model, make()),
    () => new RecordedView(models, model, { kind: 'object', members: {} }),
  )
}
