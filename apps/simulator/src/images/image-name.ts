import { digestOf } from '../content/seed.js';

/** All that a simulated image depends on; its name says it, so that none needs to be kept. */
interface ImageName {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
}

const NAME = /^(\d{1,4})x(\d{1,4})-([0-9a-f]{8})\.png$/;
const LONGEST_SIDE = 2_048;

/** The image that answers a prompt. */
export function imageOf(prompt: string, index: number, width: number, height: number): ImageName {
  return { width, height, seed: digestOf(prompt, String(index)).readUInt32LE(0) };
}

export function isDrawable(width: number, height: number): boolean {
  return width >= 1 && height >= 1 && width <= LONGEST_SIDE && height <= LONGEST_SIDE;
}

export function formatImageName({ width, height, seed }: ImageName): string {
  return `${width}x${height}-${seed.toString(16).padStart(8, '0')}.png`;
}

/** @returns undefined when there can be no such image. */
export function parseImageName(text: string): ImageName | undefined {
  const match = NAME.exec(text);
  if (!match) return undefined;
  const [, width, height, seed = ''] = match;
  const image = { width: Number(width), height: Number(height), seed: Number.parseInt(seed, 16) };
  return isDrawable(image.width, image.height) ? image : undefined;
}
