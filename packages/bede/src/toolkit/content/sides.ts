export interface Dimensions {
  readonly width: number
  readonly height: number
}

/** Undefined: a side is missing, or there is nothing between the sides. */
export const sides = (width: number | undefined, height: number | undefined): Dimensions | undefined =>
  width !== undefined && height !== undefined && width > 0 && height > 0 ? { width, height } : undefined
