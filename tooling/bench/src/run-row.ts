import { fork } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Order, Reply } from "./messages";

const child = fileURLToPath(new URL("./child.ts", import.meta.url));
const loader = import.meta.resolve("tsx");

/** Runs a row in a new process and waits for its figures, an error, its death or the time limit. */
export function runRow(order: Order, timeLimit: number): Promise<Reply> {
  return new Promise((resolve) => {
    const worker = fork(child, [], {
      cwd: dirname(dirname(order.file)),
      execArgv: ["--import", loader],
      // Peers print warnings; stdout belongs to the table.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const timer = setTimeout(() => {
      worker.kill("SIGKILL");
      resolve({ error: `gave up after ${timeLimit} s` });
    }, timeLimit * 1000);
    const finish = (reply: Reply): void => {
      clearTimeout(timer);
      resolve(reply);
    };
    worker.once("message", (reply) => finish(reply as Reply));
    worker.once("error", (error) => finish({ error: error.message }));
    worker.once("exit", (code, signal) =>
      finish({ error: `its process ended with ${signal ?? code}` }),
    );
    worker.send(order);
  });
}
