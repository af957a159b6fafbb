import { earthRadius } from '../../expr/point.ts'
import type { Operand, Sql } from '../dialect.ts'
import { float } from './number.ts'
import { COLUMN, once } from './operand.ts'

/*
 * A place is a `point` (PostgreSQL §8.8.1) whose x is the longitude and whose y is the latitude, in degrees: the type is
 * there without an extension, and GiST holds it. expr/point.ts computes the same.
 */

const lat = (point: Sql): Sql => `(${point})[1]`
const lon = (point: Sql): Sql => `(${point})[0]`

export const pointJson = (sql: Sql): Sql =>
  once([sql], (p) => `case when ${p} is not null then json_build_object('lat', ${lat(p)}, 'lon', ${lon(p)}) end`)

/** `member`: a member of the document, as a float. */
export const jsonPoint = (member: (name: 'lat' | 'lon') => Sql): Sql => `point(${member('lon')}, ${member('lat')})`

/** Another hand may have put anything into the column: what is not on the earth has no distance, and fails nothing. */
const earth = "'(180,90),(-180,-90)'::box"

export const distance = ([a, b]: readonly [Operand, Operand]): Sql => once([a.sql, b.sql], metres)

function metres(a: Sql, b: Sql): Sql {
  const half = (degrees: Sql): Sql => `(${degrees} + 360 - 360) / 2`
  const turn = half(`${lon(b)} - ${lon(a)}`)
  const scale = `cosd(${lat(a)}) * cosd(${lat(b)})`
  const near = `sind(${half(`${lat(b)} - ${lat(a)}`)}) ^ 2 + ${scale} * sind(${turn}) ^ 2`
  const far = `sind(${half(`${lat(b)} + ${lat(a)}`)}) ^ 2 + ${scale} * cosd(${turn}) ^ 2`
  return `case when ${a} <@ ${earth} and ${b} <@ ${earth} then ${2 * earthRadius} * atan2(sqrt(${near}), sqrt(${far})) end`
}

/** Of a column also within a box around the center, which an index over the column finds. */
export function within([place, center, radius]: readonly [Operand, Operand, Operand]): Sql {
  const metresAway = float(radius)
  const [one, other] = !COLUMN.test(place.sql) && COLUMN.test(center.sql) ? [center, place] : [place, center]
  const circle = once([one.sql, other.sql, metresAway], (a, b, r) => `${metres(a, b)} <= ${r}`)
  if (!COLUMN.test(one.sql)) return circle
  const boxes = boxesAround.map((boxAround) => `${one.sql} <@ ${once([other.sql, metresAway], boxAround)}`)
  return `((${boxes.join(' or ')}) and ${circle})`
}

const metresOfDegree = (earthRadius * Math.PI) / 180
/** In degrees: more than rounding may take from a box. */
const margin = 1e-6
/** Nearer to a pole than this, in degrees, a circle is taken to hold it. */
const atPole = 89.9999

/**
 * What holds all places of a circle: of latitudes as many degrees either way as the radius has; of longitudes what the
 * meridians that touch the circle enclose (sin Δλ = sin δ / cos φ), and all of them where it holds a pole.
 */
const boxOver =
  (middle: (center: Sql) => Sql) =>
  (center: Sql, radius: Sql): Sql => {
    const angle = `abs(${radius} + 1 - 1) / ${metresOfDegree}`
    const width =
      `case when abs(${lat(center)}) + ${angle} >= ${atPole} then 360` +
      ` else asind(least(1, sind(${angle}) / cosd(${lat(center)}))) + ${margin} end`
    const half = `point(${width}, ${angle} + ${margin})`
    return `box(${middle(center)} - ${half}, ${middle(center)} + ${half})`
  }

/** A box that goes beyond the antimeridian goes on at the other end of the longitudes. */
const boxesAround = [
  boxOver((center) => center),
  boxOver((center) => `${center} + point(case when ${lon(center)} < 0 then 360 else -360 end, 0)`),
]
