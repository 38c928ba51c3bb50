import { adam, type GradientTransformation, muon, soap } from "@x/optim";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Row, Rows } from "../../../tooling/bench/src/row";
import { jaxTrainer } from "../../tensor/bench/models/adam-jax";
import { adam as adamSettings, compareTraining } from "../../tensor/bench/models/trainer";
import { muonJaxTrainer, muonSettings } from "./models/muon-jax";
import { networkData, ourNetwork } from "./models/network";
import { jaxNetwork } from "./models/network-jax";
import { trainOurs } from "./models/train-ours";

type Kind = "MLP" | "CNN";

const { lr, beta1, beta2, epsilon } = adamSettings;

/** The leaves that Muon gets: hidden matrices and kernels, not the layer that gives the answers. */
const matrices: Readonly<Record<Kind, readonly string[]>> = { MLP: ["w1"], CNN: ["w1", "w2"] };

const ourAdam = (): GradientTransformation => adam(lr, { betas: [beta1, beta2], eps: epsilon });

const ourMuon = (kind: Kind): GradientTransformation =>
  muon({
    ...muonSettings,
    labels: ([name]) => (matrices[kind].includes(name as string) ? "muon" : "adam"),
    fallback: { lr, betas: [beta1, beta2], eps: epsilon },
  });

const adamAgainstJax =
  (kind: Kind) =>
  async (kit: Kit): Promise<Prepared> => {
    const jax = await kit.jax();
    const data = networkData(kit, kind);
    const { loss, parameters, x, y } = jaxNetwork(jax, data);
    const ours = trainOurs(ourNetwork(data), ourAdam());
    return compareTraining(kit, ours, jaxTrainer(jax, loss, parameters, x, y));
  };

const muonAgainstJax =
  (kind: Kind) =>
  async (kit: Kit): Promise<Prepared> => {
    const jax = await kit.jax();
    const data = networkData(kit, kind);
    const ours = trainOurs(ourNetwork(data), ourMuon(kind));
    return compareTraining(kit, ours, muonJaxTrainer(jax, jaxNetwork(jax, data), matrices[kind]));
  };

const soapSteps = 10;
/** Longer sides keep the standard basis: the CNN's last layer has 1568 inputs. */
const maxSide = 1024;

/**
 * Mean time of SOAP's steps from one correction of its bases to the next, beside as many of Adam's: jax-js has no QR
 * to write it with. Checked by what both must do, get the loss down.
 */
const soapAgainstAdam =
  (kind: Kind) =>
  (kit: Kit): Prepared => {
    const data = networkData(kit, kind);
    const [ours, peer] = [soap(1e-3, { weightDecay: 0, every: soapSteps, maxSide }), ourAdam()].map(
      (optimizer) => trainOurs(ourNetwork(data), optimizer),
    ) as [ReturnType<typeof trainOurs>, ReturnType<typeof trainOurs>];
    const mean = ({ step }: typeof ours) => ({
      sample: (): number => {
        const start = performance.now();
        for (let i = 0; i < soapSteps; i++) step();
        return (performance.now() - start) / soapSteps;
      },
    });
    return {
      ours: mean(ours),
      peer: mean(peer),
      check() {
        const losses = [ours, peer].map((side) => {
          const values = Array.from({ length: 2 * soapSteps }, () => {
            side.step();
            return side.loss() as number;
          });
          return [values[0] as number, values.at(-1) as number] as const;
        });
        for (const [first, last] of losses) {
          if (!(last < 0.95 * first)) throw new Error(`losses: expected a fall; got ${losses}`);
        }
      },
    };
  };

const networks: Readonly<Record<Kind, string>> = {
  MLP: "MLP 784–256–10, batch 128",
  CNN: "CNN 16–32, 28×28, batch 128",
};

const rowsOf = (kind: Kind): Row[] => {
  const peerName = kind === "MLP" ? "jax-js" : "jax-js, patches by hand";
  return [
    {
      name: `${networks[kind]}, Adam step`,
      unit: "ms",
      peerName,
      target: { of: "ratio", atMost: 0.5 },
      setup: adamAgainstJax(kind),
    },
    {
      name: `${networks[kind]}, Muon step`,
      unit: "ms",
      peerName: `${peerName}, Muon by hand`,
      setup: muonAgainstJax(kind),
    },
    {
      name: `${networks[kind]}, mean of ${soapSteps} SOAP steps`,
      unit: "ms",
      peerName: "Adam of @x/optim",
      setup: soapAgainstAdam(kind),
    },
  ];
};

export const rows: Rows = [...rowsOf("MLP"), ...rowsOf("CNN")];
