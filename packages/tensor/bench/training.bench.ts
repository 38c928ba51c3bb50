import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Rows } from "../../../tooling/bench/src/row";
import { cnnJax, cnnOurs, cnnTfjs, jaxConv, jaxPatchesConv } from "./models/cnn";
import { mlpJax, mlpOurs, mlpTfjs } from "./models/mlp";
import { compareTraining } from "./models/trainer";

async function mlpAgainstJax(kit: Kit): Promise<Prepared> {
  return compareTraining(kit, mlpOurs(kit), mlpJax(kit, await kit.jax()));
}

async function mlpAgainstTfjs(kit: Kit): Promise<Prepared> {
  const tf = await kit.tfjs({ threads: kit.threads });
  return compareTraining(kit, mlpOurs(kit), mlpTfjs(kit, tf));
}

async function cnnAgainstTfjs(kit: Kit): Promise<Prepared> {
  const tf = await kit.tfjs({ threads: kit.threads });
  return compareTraining(kit, cnnOurs(kit), cnnTfjs(kit, tf));
}

async function cnnAgainstJax(kit: Kit): Promise<Prepared> {
  const jax = await kit.jax();
  return compareTraining(kit, cnnOurs(kit), cnnJax(kit, jax, jaxConv(jax)));
}

async function cnnAgainstJaxPatches(kit: Kit): Promise<Prepared> {
  const jax = await kit.jax();
  return compareTraining(kit, cnnOurs(kit), cnnJax(kit, jax, jaxPatchesConv(jax)));
}

export const rows: Rows = [
  {
    name: "MLP 784–256–10, batch 128, Adam step",
    unit: "ms",
    peerName: "jax-js",
    target: { of: "ratio", atMost: 0.5 },
    setup: mlpAgainstJax,
  },
  {
    name: "MLP 784–256–10, batch 128, Adam step",
    unit: "ms",
    peerName: "tfjs-wasm, all threads",
    target: { of: "ratio", atMost: 0.12 },
    setup: mlpAgainstTfjs,
  },
  {
    name: "CNN 16–32, 28×28, batch 128, Adam step",
    unit: "ms",
    peerName: "tfjs-wasm, all threads",
    target: { of: "ratio", atMost: 0.4 },
    setup: cnnAgainstTfjs,
  },
  {
    name: "CNN 16–32, 28×28, batch 128, Adam step",
    unit: "ms",
    peerName: "jax-js",
    target: { of: "ratio", atMost: 0.4 },
    setup: cnnAgainstJax,
  },
  {
    name: "CNN 16–32, 28×28, batch 128, Adam step",
    unit: "ms",
    peerName: "jax-js, patches by hand",
    target: { of: "ratio", atMost: 0.4 },
    setup: cnnAgainstJaxPatches,
  },
];
