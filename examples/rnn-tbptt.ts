// A character model that learns to write a text, trained by truncated backpropagation through time: the hidden state runs
// through the whole text, the gradient only through one window of it.
//   npx gradtape train examples/rnn-tbptt.ts
import { type OptionSpec, type Run, type Tensor, F, manualSeed, nn, noGrad, optim, tensor } from "gradtape";

export const options = {
  epochs: { type: "int", default: 40, min: 1, help: "passes over the text" },
  hidden: { type: "int", default: 128, min: 1, help: "size of the hidden state" },
  streams: { type: "int", default: 8, min: 1, help: "pieces of the text that are read side by side: the batch" },
  window: { type: "int", default: 32, min: 1, help: "characters that a gradient goes back through" },
  lr: { type: "float", default: 0.005, min: 0, help: "learning rate" },
  seed: { type: "int", default: 1, help: "random seed" },
  resume: { type: "checkpoint", default: false, help: "go on from the newest checkpoint, or from the one given" },
} satisfies OptionSpec;

// ---- Data ----------------------------------------------------------------------------------------------------------

const text = `
the keeper of the lighthouse wrote down every ship that passed, its name, its flag and the hour. when the fog came he
wrote down the fog. when nothing came he wrote that nothing came, and the hour. after forty years the books filled a
room, and one winter the sea took the room and left the lamp. the keeper took a new book. he wrote down the sea, its
name, its flag and the hour.
in spring a girl came up the stairs with bread and a question. why do you write down what passes, she asked, if it has
passed. the keeper showed her the lamp. it turns, he said, and what it shows is gone before it shows it again. a book is
a lamp that waits. the girl read the new book until the bread was cold. then she took the pen and wrote down the keeper,
his name, his lamp and the hour.
`.replaceAll("\n", " ");

const letters = [...new Set(text)].sort();
const numberOf = new Map(letters.map((letter, i) => [letter, i]));

/** Windows of the text in reading order: [streams, window] of characters, and of those that follow each. */
function* windows(streams: number, window: number): Generator<readonly [Tensor, Tensor]> {
  const codes = Int32Array.from(text, (letter) => numberOf.get(letter) ?? 0);
  const length = Math.floor((codes.length - 1) / streams);
  const rows = (start: number, size: number) =>
    tensor(
      Array.from({ length: streams }, (_, s) =>
        Array.from(codes.subarray(s * length + start, s * length + start + size)),
      ),
      { dtype: "int64" },
    );
  for (let start = 0; start + window <= length; start += window) {
    yield [rows(start, window), rows(start + 1, window)];
  }
}

// ---- Model ---------------------------------------------------------------------------------------------------------

type State = readonly [h: Tensor, c: Tensor];

class CharModel extends nn.Module {
  embedding: nn.Embedding;
  lstm: nn.LSTM;
  head: nn.Linear;

  constructor(hidden: number) {
    super();
    this.embedding = new nn.Embedding(letters.length, 32);
    this.lstm = new nn.LSTM(32, hidden, { batchFirst: true });
    this.head = new nn.Linear(hidden, letters.length);
  }

  /** @param x [N, window]; gives scores [N, window, letters] and the state behind the last character. */
  forward(x: Tensor, state?: State): readonly [Tensor, State] {
    const [y, next] = this.lstm.forward(this.embedding.forward(x), state);
    return [this.head.forward(y), next];
  }
}

// ---- Training ------------------------------------------------------------------------------------------------------

export function train(run: Run<typeof options>) {
  const { epochs, hidden, streams, window, lr, seed } = run.options;
  manualSeed(seed);
  const model = new CharModel(hidden);
  const optimiser = new optim.Adam(model.parameters(), { lr });
  const start = run.checkpoint({ model, optimiser }, { every: 100 });

  for (let epoch = start.epoch; epoch <= epochs; epoch++) {
    let state: State | undefined;
    let total = 0;
    let steps = 0;
    for (const [x, next] of run.track(windows(streams, window), { epoch, epochs })) {
      // What the state was computed from is cut off: only its values go on into the next window.
      if (state) state = [state[0].detach(), state[1].detach()];
      optimiser.zeroGrad();
      let scores: Tensor;
      [scores, state] = model.forward(x, state);
      const loss = F.crossEntropy(scores.flatten(0, 1), next.flatten());
      loss.backward();
      nn.utils.clipGradNorm_(model.parameters(), 1); // long products of Jacobians explode now and then
      optimiser.step();
      run.log({ loss });
      total += loss.item();
      steps++;
    }
    if (epoch % 10 === 0 && steps > 0) console.log(`epoch ${epoch}  loss ${(total / steps).toFixed(3)}`);
  }
  console.log(write(model, "the keeper ", 120));
}

/** Lets the model go on writing, the likeliest character each time. */
function write(model: CharModel, start: string, count: number): string {
  model.eval();
  return noGrad(() => {
    let written = start;
    let state: State | undefined;
    let x = tensor([Array.from(start, (letter) => numberOf.get(letter) ?? 0)], { dtype: "int64" });
    for (let i = 0; i < count; i++) {
      let scores: Tensor;
      [scores, state] = model.forward(x, state);
      x = scores.get(":", -1).argmax(-1, { keepdim: true });
      written += letters[x.item()];
    }
    return written;
  });
}
