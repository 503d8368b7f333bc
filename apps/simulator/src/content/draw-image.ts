import { crc32, deflateSync } from 'node:zlib';
import { pick, randomFrom, type Random } from './seed.js';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CELLS = 8;
const PALETTES = [
  '1b263b415a77778da9e0e1dd',
  '2d00f7e500a4ffb600f2f2f2',
  '005f730a9396ee9b00e9d8a6',
  '283618606c38dda15efefae0',
];

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** One row of pixels, two bits each, the right half mirroring the left; its filter byte comes first. */
function drawRow(width: number, random: Random): Buffer {
  const half = Array.from({ length: CELLS / 2 }, () => Math.floor(random() * 4));
  const cells = [...half, ...half.toReversed()];
  const row = Buffer.alloc(1 + Math.ceil(width / 4));
  for (let x = 0; x < width; x += 1) {
    const color = cells[Math.floor((x * CELLS) / width)] ?? 0;
    const at = 1 + (x >> 2);
    row[at] = (row[at] ?? 0) | (color << (6 - 2 * (x & 3)));
  }
  return row;
}

/** A pattern of coloured squares as a PNG of that size: the same seed, the same bytes. */
export function drawImage(width: number, height: number, seed: number): Buffer {
  const random = randomFrom(seed);
  const palette = Buffer.from(pick(random, PALETTES), 'hex');
  const rows = Array.from({ length: CELLS }, () => drawRow(width, random));
  const pixels = Array.from({ length: height }, (_, y) => rows[Math.floor((y * CELLS) / height)] ?? Buffer.alloc(0));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Two bits a pixel, by palette.
  header.set([2, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(Buffer.concat(pixels), { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
