// The programs that the tests of the extension run: small, each for one thing to be seen.

/** The lines of a program that tests name, by the mark in a comment at their end. */
export function lineOf(program: string, mark: string): number {
  const index = program.split("\n").findIndex((line) => line.endsWith(`// ${mark}`));
  if (index < 0) throw new Error(`lineOf: expected a line with the mark ${mark}`);
  return index + 1;
}

export const programs = {
  "learn.ts": `import { tensor, type OptionSpec, type Run } from "gradtape";

export const options = {
  steps: { type: "int", default: 40, help: "number of steps" },
} satisfies OptionSpec;

export async function train(run: Run<typeof options>) {
  const w = tensor([[3, -2, 0.5], [1, 4, -1]], { requiresGrad: true });
  for await (const step of run.track(Array.from({ length: run.options.steps }, (_, i) => i))) {
    const loss = w.mul(w).sum();
    run.log({ loss: loss.item() / (step + 1) }); // break here
  }
}

export function test() {
  console.log("tested");
}
`,
  "plain.js": `import { tensor } from "gradtape";

export function test() {
  console.log(tensor([1, 2]).sum().item());
}
`,
  "tight.ts": `import "gradtape";

export function train() {
  console.log("begins");
  for (let i = 0; ; i++) Math.sqrt(i);
}
`,
  "waits.ts": `import { tensor, type Run } from "gradtape";

export async function train(run: Run) {
  const x = tensor([1, 2, 3]);
  for await (const step of run.track(Array.from({ length: 100_000 }, (_, i) => i))) {
    x.mul(step); // multiplies
    run.log({ step });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
`,
  "fails.ts": `import { tensor } from "gradtape";

export function train() {
  const a = tensor([[1, 2, 3], [4, 5, 6]]);
  const b = tensor([[1, 2], [3, 4]]);
  return a.matmul(b); // cannot
}
`,
  "types.ts": `import { F, nn, tensor } from "gradtape";

export const wrong: string = tensor([1, 2]); // wrong type
export const layer = new nn.Linear(2, 3);
export const loss = F.
`,
} as const satisfies Readonly<Record<string, string>>;

export type ProgramName = keyof typeof programs;
