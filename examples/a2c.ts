// Advantage actor-critic on the pole-balancing task: the policy's loss uses the critic's value as a number, cut off by
// `detach`, so that the policy cannot make itself look good by changing what is expected of it.
//   npx gradtape train examples/a2c.ts
import {
  type OptionSpec,
  type Run,
  type Tensor,
  F,
  distributions,
  manualSeed,
  nn,
  noGrad,
  optim,
  stack,
  tensor,
} from "gradtape";

export const options = {
  updates: { type: "int", default: 600, min: 1, help: "updates of the network" },
  poles: { type: "int", default: 16, min: 1, help: "poles that are balanced side by side" },
  horizon: { type: "int", default: 16, min: 1, help: "actions per pole between two updates" },
  gamma: { type: "float", default: 0.99, min: 0, max: 1, help: "what a later reward is worth" },
  entropy: { type: "float", default: 0.01, min: 0, help: "reward for staying undecided" },
  lr: { type: "float", default: 0.003, min: 0, help: "learning rate" },
  seed: { type: "int", default: 1, help: "random seed" },
} satisfies OptionSpec;

// ---- Environment ---------------------------------------------------------------------------------------------------

const random = (low: number, high: number) => low + (high - low) * Math.random();

/** A pole on a cart that is pushed left or right (Barto, Sutton and Anderson, 1983), with the usual constants. */
class CartPole {
  state: [x: number, v: number, angle: number, spin: number] = [0, 0, 0, 0];
  steps = 0;

  constructor() {
    this.reset();
  }

  reset() {
    this.state = [random(-0.05, 0.05), random(-0.05, 0.05), random(-0.05, 0.05), random(-0.05, 0.05)];
    this.steps = 0;
  }

  /** Pushes right for 1, left for 0. Gives whether the pole fell, and whether the time is over. */
  push(action: number): { readonly fell: boolean; readonly over: boolean } {
    const [x, v, angle, spin] = this.state;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const [cart, pole, half] = [1, 0.1, 0.5];
    const pushed = ((action === 1 ? 10 : -10) + pole * half * spin * spin * sin) / (cart + pole);
    const turn = (9.8 * sin - cos * pushed) / (half * (4 / 3 - (pole * cos * cos) / (cart + pole)));
    const speed = pushed - (pole * half * turn * cos) / (cart + pole);
    const dt = 0.02;
    this.state = [x + dt * v, v + dt * speed, angle + dt * spin, spin + dt * turn];
    this.steps++;
    const fell = Math.abs(this.state[0]) > 2.4 || Math.abs(this.state[2]) > (12 * Math.PI) / 180;
    return { fell, over: this.steps >= 500 };
  }
}

// ---- Model ---------------------------------------------------------------------------------------------------------

class ActorCritic extends nn.Module {
  body = new nn.Linear(4, 128);
  actor = new nn.Linear(128, 2);
  critic = new nn.Linear(128, 1);

  /** @param x states [N, 4]; gives the scores of the actions [N, 2] and the expected return [N]. */
  forward(x: Tensor): readonly [Tensor, Tensor] {
    const h = F.tanh(this.body.forward(x));
    return [this.actor.forward(h), this.critic.forward(h).squeeze(-1)];
  }
}

// ---- Training ------------------------------------------------------------------------------------------------------

export function train(run: Run<typeof options>) {
  const { updates, poles, horizon, gamma, entropy, lr, seed } = run.options;
  manualSeed(seed, { mathRandom: true }); // the environment draws from Math.random
  const model = new ActorCritic();
  const optimiser = new optim.Adam(model.parameters(), { lr });
  const carts = Array.from({ length: poles }, () => new CartPole());
  const states = () => tensor(carts.map((cart) => cart.state));
  const lengths: number[] = []; // of the episodes that ended

  for (let update = 1; update <= updates; update++) {
    run.step(() => {
      const steps = Array.from({ length: horizon }, () => {
        const [scores, value] = model.forward(states());
        const policy = new distributions.Categorical({ logits: scores });
        const action = policy.sample();
        const ends = (action.toArray() as number[]).map((a, i) => {
          const cart = carts[i];
          const { fell, over } = cart.push(a);
          if (fell || over) {
            lengths.push(cart.steps);
            cart.reset();
          }
          return fell || over ? 0 : 1;
        });
        return { value, logProb: policy.logProb(action), entropy: policy.entropy(), goesOn: tensor(ends) };
      });

      // Returns, from the last step back; what comes after the horizon is the critic's word, as a number.
      let expected = noGrad(() => model.forward(states())[1]);
      const returns = steps
        .map(({ goesOn }) => goesOn)
        .reverse()
        .map((goesOn) => (expected = expected.mul(gamma).mul(goesOn).add(1)))
        .reverse();

      const values = stack(steps.map(({ value }) => value));
      const target = stack(returns);
      const advantage = target.sub(values.detach());
      const lossActor = stack(steps.map(({ logProb }) => logProb))
        .mul(advantage)
        .mean()
        .neg();
      const lossCritic = F.mseLoss(values, target);
      const undecided = stack(steps.map((step) => step.entropy)).mean();
      const loss = lossActor.add(lossCritic.mul(0.5)).sub(undecided.mul(entropy));

      optimiser.zeroGrad();
      loss.backward();
      nn.utils.clipGradNorm_(model.parameters(), 0.5);
      optimiser.step();
      run.log({ lossActor, lossCritic, entropy: undecided });
    });
    const recent = lengths.slice(-50);
    const mean = recent.reduce((sum, n) => sum + n, 0) / Math.max(1, recent.length);
    run.log({ episodeLength: mean });
    if (update % 100 === 0) console.log(`update ${update}  the last 50 poles stood for ${mean.toFixed(0)} steps`);
  }
}
