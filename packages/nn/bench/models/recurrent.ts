import { gru, lstm } from "@x/nn";
import type { JaxArray, LayerPair } from "./layer-pair";

const [batch, time, inputs, hidden] = [32, 16, 32, 64] as const;

const shapes = (gates: number): LayerPair["shapes"] => ({
  x: [batch, time, inputs],
  weight_ih_l0: [gates * hidden, inputs],
  weight_hh_l0: [gates * hidden, hidden],
  bias_ih_l0: [gates * hidden],
  bias_hh_l0: [gates * hidden],
});
const bounds = { weight_ih_l0: 0.2, weight_hh_l0: 0.15, bias_ih_l0: 0.1, bias_hh_l0: 0.1 };

type Arrays = Readonly<Record<string, JaxArray>>;

/** Gates of `input`, which has one row of `size` gates for each example. */
const gate = (sum: JaxArray, i: number): JaxArray => sum.slice([], [i * hidden, (i + 1) * hidden]);

/** jax-js has no `scan`: the loop over time is written out, its input product taken before it. */
function overTime(
  { numpy: np }: { numpy: { matmul(a: JaxArray, b: JaxArray): JaxArray } },
  p: Arrays,
  gates: number,
): (t: number) => JaxArray {
  const all = np
    .matmul(p["x"]!, p["weight_ih_l0"]!.transpose())
    .add(p["bias_ih_l0"]!)
    .reshape([batch, time, gates * hidden]);
  return (t) => (t === time - 1 ? all : all.ref).slice([], t, []);
}

/** 32 → 64 features, 32 sequences of 16; all states. */
export const gatedRecurrent: LayerPair = {
  shapes: shapes(3),
  bounds,
  ours: ({ x, ...params }) => gru(inputs, hidden).apply(params as never, x!)[0],
  peer(jax, p) {
    const { numpy: np, nn } = jax;
    const input = overTime(jax, p, 3);
    const weight = p["weight_hh_l0"]!.transpose();
    const outputs: JaxArray[] = [];
    let h = np.zeros([batch, hidden]);
    for (let t = 0; t < time; t++) {
      const from = input(t);
      const back = np.matmul(h.ref, weight.ref).add(p["bias_hh_l0"]!.ref);
      const r = nn.sigmoid(gate(from.ref, 0).add(gate(back.ref, 0)));
      const z = nn.sigmoid(gate(from.ref, 1).add(gate(back.ref, 1)));
      const n = np.tanh(gate(from, 2).add(r.mul(gate(back, 2))));
      h = n.ref.add(z.mul(h.sub(n)));
      outputs.push(h.ref);
    }
    for (const rest of [h, weight, p["bias_hh_l0"]!]) rest.dispose();
    return np.stack(outputs, 1);
  },
};

/** 32 → 64 features, 32 sequences of 16; all states. */
export const longShortTerm: LayerPair = {
  shapes: shapes(4),
  bounds,
  ours: ({ x, ...params }) => lstm(inputs, hidden).apply(params as never, x!)[0],
  peer(jax, p) {
    const { numpy: np, nn } = jax;
    const input = overTime(jax, p, 4);
    const weight = p["weight_hh_l0"]!.transpose();
    const outputs: JaxArray[] = [];
    let [h, c] = [np.zeros([batch, hidden]), np.zeros([batch, hidden])];
    for (let t = 0; t < time; t++) {
      const sum = input(t).add(np.matmul(h, weight.ref).add(p["bias_hh_l0"]!.ref));
      const i = nn.sigmoid(gate(sum.ref, 0));
      const f = nn.sigmoid(gate(sum.ref, 1));
      const g = np.tanh(gate(sum.ref, 2));
      const o = nn.sigmoid(gate(sum, 3));
      c = f.mul(c).add(i.mul(g));
      h = o.mul(np.tanh(c.ref));
      outputs.push(h.ref);
    }
    for (const rest of [h, c, weight, p["bias_hh_l0"]!]) rest.dispose();
    return np.stack(outputs, 1);
  },
};
