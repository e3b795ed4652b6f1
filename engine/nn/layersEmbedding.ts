// A learnt vector per number.
import { zeros } from "../create.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ShapeError, shapeText, expectOptions } from "../errors.js";
import { type EmbeddingOptions, embedding, paddingRow } from "../functional/embedding.js";
import { expectTensor } from "../op.js";
import { noGrad } from "../state.js";
import type { Tensor } from "../tensor.js";
import { normal_ } from "./init.js";
import { positive } from "./layers.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

export interface EmbeddingLayerOptions {
  /** A row that begins as zeros and gets no gradient; a negative number counts from the end. */
  readonly paddingIdx?: number;
  readonly dtype?: DType;
  readonly device?: Device | string;
}

/**
 * The rows of a table that numbers name (torch.nn.Embedding). weight [numEmbeddings, embeddingDim], standard normal at
 * first. There is no `maxNorm`: it would change the table while it is read.
 */
export class Embedding extends Module {
  weight: Parameter;
  readonly paddingIdx: number | undefined;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options?: EmbeddingLayerOptions,
  ) {
    super();
    const { paddingIdx, dtype = "float32", device } = expectOptions("Embedding", options, "{ paddingIdx: 0 }");
    positive("Embedding", { numEmbeddings, embeddingDim });
    this.paddingIdx = paddingIdx === undefined ? undefined : paddingRow("Embedding", paddingIdx, numEmbeddings);
    this.weight = new Parameter(zeros([numEmbeddings, embeddingDim], { dtype, device }));
    this.resetParameters();
  }

  /**
   * An embedding of given rows, [numEmbeddings, embeddingDim] (torch.nn.Embedding.from_pretrained): their memory is
   * shared, and they do not learn unless `freeze` is false.
   */
  static fromPretrained(embeddings: Tensor, options?: EmbeddingOptions & { readonly freeze?: boolean }): Embedding {
    const { freeze = true, paddingIdx } = expectOptions("Embedding.fromPretrained", options, "{ freeze: false }");
    expectTensor("Embedding.fromPretrained", "embeddings", embeddings);
    if (embeddings.ndim !== 2) {
      throw new ShapeError(
        `Embedding.fromPretrained: expected embeddings of [rows, size], got ${shapeText(embeddings.shape)}`,
      );
    }
    const [rows, size] = embeddings.shape;
    const layer = new Embedding(rows, size, { paddingIdx, dtype: embeddings.dtype, device: "meta" });
    layer.weight = new Parameter(embeddings, { requiresGrad: !freeze });
    return layer;
  }

  /** Every row anew (torch.nn.Embedding.reset_parameters). */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== undefined) noGrad(() => this.weight.select(0, paddingIdx).zero_());
  }

  forward(input: Tensor): Tensor {
    return embedding(input, this.weight, { paddingIdx: this.paddingIdx });
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === undefined ? "" : `, paddingIdx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}
