import { Problem } from '../../telemetry/problem.ts'

/** What is wrong with an image. Nothing out of it is repeated. */
export const refusedImage = (why: string, cause?: unknown): Problem =>
  new Problem('invalid-image', { message: `The image is not taken: ${why}`, cause })
