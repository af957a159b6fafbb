import type { Json } from './value.ts'

/** A place on the earth in degrees: north of the equator, east of Greenwich. */
export interface Point {
  readonly lat: number
  readonly lon: number
}

/** In metres; the mean of the three axes of the WGS 84 ellipsoid (IUGG, Moritz 2000: R1). */
export const earthRadius = 6_371_008.8

/** Reads `{ "lat": …, "lon": … }`. Undefined for anything else, and for what is not on the earth. */
export function readPoint(json: Json | undefined): Point | undefined {
  if (typeof json !== 'object' || json === null || !('lat' in json && 'lon' in json)) return undefined
  const { lat, lon, ...more } = json
  if (Object.keys(more).length > 0 || !isWithin(lat, 90) || !isWithin(lon, 180)) return undefined
  return { lat: lat + 0, lon: lon + 0 }
}

/** No number that is none (NaN) is within anything. */
const isWithin = (value: Json | undefined, limit: number): value is number =>
  typeof value === 'number' && Math.abs(value) <= limit

/**
 * Metres along the great circle: the haversine formula for the angle and for the rest of it to the antipode, so that no
 * digits are lost where either is small.
 */
export function distance(a: Point, b: Point): number {
  const turn = half(b.lon - a.lon)
  const scale = cosine(a.lat) * cosine(b.lat)
  const near = sine(half(b.lat - a.lat)) ** 2 + scale * sine(turn) ** 2
  const far = sine(half(b.lat + a.lat)) ** 2 + scale * cosine(turn) ** 2
  return 2 * earthRadius * Math.atan2(Math.sqrt(near), Math.sqrt(far))
}

/** To a multiple of 2^-44 degrees, 6 nm: a database refuses to square what is nearer to zero than a float can say. */
const half = (degrees: number): number => (degrees + 360 - 360) / 2

// Of degrees; exact where the exact value is zero.
const sine = (degrees: number): number => (degrees % 180 === 0 ? 0 : Math.sin((degrees * Math.PI) / 180))
const cosine = (degrees: number): number => (Math.abs(degrees % 180) === 90 ? 0 : Math.cos((degrees * Math.PI) / 180))
