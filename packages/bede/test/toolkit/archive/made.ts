import { crc32, deflateRawSync } from 'node:zlib'

/** A zip written by hand: whatever a field is made to say, it says. */
export interface MadeEntry {
  readonly name: string | Buffer
  readonly content?: Buffer | string
  /** Fields of the list at the end, where they are to differ from what is so. */
  readonly listed?: Partial<{
    name: string | Buffer
    size: number
    packed: number
    crc: number
    mode: number
    offset: number
    flags: number
    method: number
    extra: Buffer
  }>
  /** The name in front of the file. */
  readonly local?: string
  /** No bytes of its own: the list points to an earlier one's. */
  readonly shared?: number
}

export function madeZip(entries: readonly MadeEntry[], { count }: { readonly count?: number } = {}): Buffer {
  const parts: Buffer[] = []
  const list: Buffer[] = []
  const offsets: number[] = []
  let at = 0
  for (const { name, content = '', listed = {}, local, shared } of entries) {
    const bytes = Buffer.from(content as string)
    const packed = deflateRawSync(bytes)
    const own = Buffer.from(local ?? (name as string))
    const crc = crc32(bytes)
    const offset = shared === undefined ? at : (offsets[shared] ?? 0)
    offsets.push(offset)
    if (shared === undefined) {
      const header = Buffer.alloc(30)
      header.writeUInt32LE(0x04034b50, 0)
      header.writeUInt16LE(20, 4)
      header.writeUInt16LE(0x800, 6)
      header.writeUInt16LE(8, 8)
      header.writeUInt32LE(crc, 14)
      header.writeUInt32LE(packed.length, 18)
      header.writeUInt32LE(bytes.length, 22)
      header.writeUInt16LE(own.length, 26)
      parts.push(header, own, packed)
      at += 30 + own.length + packed.length
    }
    const said = Buffer.from((listed.name ?? name) as string)
    const extra = listed.extra ?? Buffer.alloc(0)
    const record = Buffer.alloc(46)
    record.writeUInt32LE(0x02014b50, 0)
    record.writeUInt16LE((3 << 8) | 20, 4)
    record.writeUInt16LE(20, 6)
    record.writeUInt16LE(listed.flags ?? 0x800, 8)
    record.writeUInt16LE(listed.method ?? 8, 10)
    record.writeUInt32LE(listed.crc ?? crc, 16)
    record.writeUInt32LE(listed.packed ?? packed.length, 20)
    record.writeUInt32LE(listed.size ?? bytes.length, 24)
    record.writeUInt16LE(said.length, 28)
    record.writeUInt16LE(extra.length, 30)
    record.writeUInt32LE(((listed.mode ?? 0o100644) << 16) >>> 0, 38)
    record.writeUInt32LE(listed.offset ?? offset, 42)
    list.push(record, said, extra)
  }
  const directory = Buffer.concat(list)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count ?? entries.length, 8)
  end.writeUInt16LE(count ?? entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, directory, end])
}

/** A tar written by hand: blocks of 512 bytes (POSIX.1-2017 pax, ustar). */
export interface MadeBlock {
  readonly name: string
  readonly content?: Buffer | string
  readonly type?: string
  readonly link?: string
  /** What the header says, where it is to lie. */
  readonly size?: number
}

export function madeTar(blocks: readonly MadeBlock[]): Buffer {
  const parts = blocks.flatMap(({ name, content = '', type = '0', link = '', size }) => {
    const bytes = Buffer.from(content as string)
    const header = Buffer.alloc(512)
    header.write(name, 0, 100)
    header.write('0000644\0', 100)
    header.write('0000000\0', 108)
    header.write('0000000\0', 116)
    header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124)
    header.write('00000000000\0', 136)
    header.write('        ', 148)
    header.write(type, 156)
    header.write(link, 157, 100)
    header.write('ustar\0' + '00', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}
