import { dirname, join } from 'node:path'
import { Problem } from '../../telemetry/problem.ts'
import { resolveOptional } from '../optional-package.ts'

/** What can be written; all of it can be read too. */
export type ImageFormat = 'jpeg' | 'png' | 'webp'

/** The files that a worker loads to do one thing: a module, and the WebAssembly that it runs. */
export interface Codec {
  readonly module: string
  readonly wasm: string
}

/** In each package, by what it does: its module, and the WebAssembly of it. */
const files = {
  jpeg: { decode: ['decode.js', 'codec/dec/mozjpeg_dec.wasm'], encode: ['encode.js', 'codec/enc/mozjpeg_enc.wasm'] },
  png: {
    decode: ['decode.js', 'codec/pkg/squoosh_png_bg.wasm'],
    encode: ['encode.js', 'codec/pkg/squoosh_png_bg.wasm'],
  },
  webp: { decode: ['decode.js', 'codec/dec/webp_dec.wasm'], encode: ['encode.js', 'codec/enc/webp_enc_simd.wasm'] },
} as const

export const decoder = (format: ImageFormat): Codec => codec(format, files[format].decode)
export const encoder = (format: ImageFormat): Codec => codec(format, files[format].encode)
export const resizer = (): Codec => codec('resize', ['index.js', 'lib/resize/pkg/squoosh_resize_bg.wasm'])

function codec(name: string, [module, wasm]: readonly [string, string]): Codec {
  const path = resolved(`@jsquash/${name}`, module)
  return { module: path, wasm: join(dirname(path), wasm) }
}

function resolved(name: string, file: string): string {
  try {
    return resolveOptional(`${name}/${file}`)
  } catch (cause) {
    throw new Problem('invalid-setting', {
      message: `Working with this image needs the package ${name}, which cannot be loaded.`,
      hint: `Run npm install ${name} in the project; @jsquash/resize and one package for each format are needed.`,
      cause,
    })
  }
}

interface WebAssemblyCompiler {
  compile(bytes: Uint8Array): Promise<object>
}

/** Node has it; its types are those of browsers, which are not loaded here. */
export const { compile } = Reflect.get(globalThis, 'WebAssembly') as WebAssemblyCompiler
