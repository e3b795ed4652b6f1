// The door to tfjs-node's decoders and encoders: bytes to uint8 [height, width, channels] and back. Loading tfjs-node
// takes a moment, so it waits for the first image. It must not know files or what an image is for.
import { native, device, withId } from "../../backend/native.js";
import { openTfjs, type TfjsBridge } from "../../backend/tfjs.js";
import { GradtapeError } from "../../errors.js";
import { Storage } from "../../storage.js";
import { Tensor } from "../../tensor.js";
import type { ImageFormat } from "./header.js";

/**
 * Decodes by tfjs-node: a uint8 tensor [height, width, channels] on the CPU over the decoder's own memory.
 * @param grey Ask a JPEG decoder for its brightness alone; other formats give what they hold.
 * @throws what TensorFlow's decoder has to say about the bytes, as tfjs passes it on.
 */
export function decodePixels(bytes: Uint8Array, format: ImageFormat, grey: boolean): Tensor {
  const { tf, fromTfjs } = bridge();
  const coder = tf.backend() as unknown as Coder;
  // In tidy, since the coder makes a tensor of the bytes too.
  const decoded = tf.tidy(() => {
    switch (format) {
      case "png":
        return coder.decodePng(bytes, 0);
      case "jpeg":
        // The accurate transform is what Pillow and torchvision use; TensorFlow's default is a faster one.
        return coder.decodeJpeg(bytes, grey ? 1 : 0, 1, true, false, 1, "INTEGER_ACCURATE");
      case "bmp":
        return coder.decodeBmp(bytes, 0);
      case "gif":
        return coder.decodeGif(bytes);
    }
    format satisfies never;
    throw new Error(`unknown format ${String(format)}`);
  });
  const storage = new Storage("strided");
  storage.id = fromTfjs(decoded, storage);
  decoded.dispose();
  const { dims } = withId(storage, (id, addon) => addon.info(id));
  const image = new Tensor(storage, dims, "uint8", device("cpu"));
  return format === "gif" ? image.select(0, 0) : image;
}

/** Encodes uint8 pixels [height, width, channels]. */
export function encodePixels(
  pixels: Uint8Array,
  shape: readonly [height: number, width: number, channels: number],
  how: { readonly format: "png"; readonly compression: number } | { readonly format: "jpeg"; readonly quality: number },
): Uint8Array {
  const coder = bridge().tf.backend() as unknown as Coder;
  const encoded =
    how.format === "png"
      ? coder.encodePng(pixels, shape, how.compression)
      : coder.encodeJpeg(pixels, shape, "", how.quality, false, false, true, "in", 300, 300, "");
  const [bytes] = encoded.dataSync();
  encoded.dispose();
  return bytes;
}

type TfjsTensor = Parameters<TfjsBridge["fromTfjs"]>[0];

/** What the decoders and encoders of tfjs-node call: without their casts to int32 and their promises. */
interface Coder {
  decodePng(bytes: Uint8Array, channels: number): TfjsTensor;
  decodeJpeg(
    bytes: Uint8Array,
    channels: number,
    ratio: number,
    fancyUpscaling: boolean,
    tryRecoverTruncated: boolean,
    acceptableFraction: number,
    dctMethod: string,
  ): TfjsTensor;
  decodeBmp(bytes: Uint8Array, channels: number): TfjsTensor;
  decodeGif(bytes: Uint8Array): TfjsTensor;
  encodePng(pixels: Uint8Array, shape: readonly number[], compression: number): Encoded;
  encodeJpeg(
    pixels: Uint8Array,
    shape: readonly number[],
    format: string,
    quality: number,
    progressive: boolean,
    optimizeSize: boolean,
    chromaDownsampling: boolean,
    densityUnit: string,
    xDensity: number,
    yDensity: number,
    xmpMetadata: string,
  ): Encoded;
}

interface Encoded {
  /** One string's bytes. */
  dataSync(): readonly [Uint8Array];
  dispose(): void;
}

/** tfjs-node is not installed where the engine looks for it. */
export class TfjsMissingError extends GradtapeError {
  static {
    this.prototype.name = "TfjsMissingError";
  }
}

function bridge(): TfjsBridge {
  try {
    return openTfjs(native);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new TfjsMissingError(
      "image: expected @tensorflow/tfjs-node, whose decoders read images, got no such package; " +
        "install it beside gradtape: npm install @tensorflow/tfjs-node",
      { cause: error },
    );
  }
}
