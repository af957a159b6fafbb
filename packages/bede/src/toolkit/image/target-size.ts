/** How an image is to fit into a width and a height. */
export type Fit = 'inside' | 'cover'

export interface Sides {
  readonly width: number
  readonly height: number
}

export interface Wanted {
  readonly width?: number
  readonly height?: number
  readonly fit: Fit
}

/**
 * How large an image of `from` becomes, in pixels. `inside`: as large as fits, nothing cut off. `cover`: of the wanted
 * shape, what is too much cut off on both sides. Never larger than it was.
 */
export function targetSize(from: Sides, { width, height, fit }: Wanted): Sides {
  const across = (width ?? Number.POSITIVE_INFINITY) / from.width
  const down = (height ?? Number.POSITIVE_INFINITY) / from.height
  if (fit === 'cover' && width !== undefined && height !== undefined) {
    const scale = 1 / Math.max(1, across, down)
    return sides(width * scale, height * scale)
  }
  const scale = Math.min(1, across, down)
  return sides(from.width * scale, from.height * scale)
}

const sides = (width: number, height: number): Sides => ({
  width: Math.max(1, Math.round(width)),
  height: Math.max(1, Math.round(height)),
})
