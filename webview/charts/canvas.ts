/** Gives a canvas its size in device pixels, only when it changed: setting it clears it and costs a new buffer. */
export function sizeCanvas(canvas: HTMLCanvasElement, width: number, height: number, scale: number): void {
  const wide = Math.max(1, Math.round(width * scale));
  const high = Math.max(1, Math.round(height * scale));
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}
