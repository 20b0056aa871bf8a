/**
 * Says in words what is known of a picture without opening it: its size, and the colour that its placeholder has on
 * average. Pure.
 * @module
 */
import { thumbHashToAverageRGBA } from "thumbhash";
import type { EvidenceItem } from "./wire.ts";

type Picture = NonNullable<EvidenceItem["picture"]>;

/** Colours by the hue at which the next one begins, degrees. */
const HUES = [
  [15, "red"],
  [45, "orange"],
  [70, "yellow"],
  [165, "green"],
  [200, "turquoise"],
  [255, "blue"],
  [290, "purple"],
  [345, "pink"],
  [360, "red"],
] as const;

/** @returns Such as `640 × 480, 9 kB, mostly dark red`. */
export function pictureText({ width, height, size, placeholder }: Picture): string {
  if (size === 0) return "was deleted before it was sealed";
  return [
    ...(width === null || height === null ? [] : [`${width} × ${height}`]),
    `${Math.ceil(size / 1000)} kB`,
    ...(placeholder ? [`mostly ${colourOf(placeholder)}`] : []),
  ].join(", ");
}

function colourOf(placeholder: string): string {
  const { r, g, b } = thumbHashToAverageRGBA(Buffer.from(placeholder, "base64"));
  const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
  const lightness = (high + low) / 2;
  if (lightness < 0.12) return "black";
  if (lightness > 0.9) return "white";
  const shade = lightness < 0.35 ? "dark " : lightness > 0.7 ? "light " : "";
  const range = high - low;
  if (range < 0.1) return `${shade}grey`;
  const sixth = high === r ? (g - b) / range : high === g ? (b - r) / range + 2 : (r - g) / range + 4;
  const hue = (sixth * 60 + 360) % 360;
  return `${shade}${HUES.find(([end]) => hue < end)![1]}`;
}
