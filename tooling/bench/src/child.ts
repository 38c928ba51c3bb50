// One row in a process of its own: the other rows' memory, compiled code and threads cannot disturb it.
import { dirname } from "node:path";
import { createKit } from "./kit";
import type { Order, Reply } from "./messages";
import type { Rows } from "./row";
import { takeSamples } from "./sampling";
import { median } from "./statistics";

async function runRow({ file, index, seconds }: Order): Promise<Reply> {
  const { rows } = (await import(file)) as { rows: Rows };
  const row = rows[index];
  if (row === undefined) throw new Error(`bench: ${file} has no row ${index}`);
  const prepared = await row.setup(createKit(dirname(dirname(file))));
  await prepared.check();
  const missing = prepared.peer && "missing" in prepared.peer ? prepared.peer.missing : null;
  const peer = prepared.peer && "missing" in prepared.peer ? undefined : prepared.peer;
  const options = { seconds, rounds: row.samples };
  const samples = await takeSamples(prepared.ours, peer, row.unit, options);
  await prepared.dispose?.();
  const peerMedian = samples.peer.length > 0 ? median(samples.peer) : null;
  return { medians: { ours: median(samples.ours), peer: peerMedian }, missing };
}

// The listener also keeps this process alive while it waits for threads that do not.
process.on("message", (order: Order) => {
  runRow(order)
    .catch(
      (error: unknown): Reply => ({
        error: error instanceof Error ? String(error.stack) : String(error),
      }),
    )
    .then((reply) => process.send?.(reply, undefined, {}, () => process.exit()));
});
