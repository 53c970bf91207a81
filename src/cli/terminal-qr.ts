import { keepEscapes } from "./terminal/safe-text.js";

/** A QR code as lines of text, in colours where the terminal has some. */
export async function drawQr(content: string): Promise<string> {
  const { default: qrcode } = await import("qrcode");
  // The terminal form is drawn with colours.
  const hasColor = process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "";
  return keepEscapes(await qrcode.toString(content, hasColor ? { type: "terminal", small: true } : { type: "utf8" }));
}
