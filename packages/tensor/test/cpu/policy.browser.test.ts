import { expect, it } from "vitest";

interface Answer {
  readonly backend: string;
  readonly warnings: string[];
  /** Whether the policy has forbidden a worker. */
  readonly stopped: boolean;
  readonly workers: number;
}

/**
 * Loads the runtime in a page with a content security policy of its own and gives it work for several threads,
 * until a worker takes part or the policy has stopped one; a machine may be busy, so that either takes seconds.
 */
function inPage(policy: string, waits = true): Promise<Answer> {
  const runtime = new URL("../../src/cpu/runtime.ts", import.meta.url).href;
  const frame = document.createElement("iframe");
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${policy}">
    <script type="module">
      const warnings = [];
      console.warn = (text) => warnings.push(text);
      let stopped = 0;
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        if (effectiveDirective === "worker-src") stopped ||= performance.now();
      });
      const { cpuRuntime, setThreads } = await import("${runtime}");
      setThreads(2);
      const { backend, heap } = cpuRuntime();
      const args = heap.allocate(128);
      cpuRuntime().write([0, 0, heap.allocate(4096), 32, 32, 0, 0, 0, 0, 0, 0, 0, 0, 32, 1], args);
      const zeros = cpuRuntime().kernelIndex("dot_i32");
      const end = performance.now() + 40_000;
      // What a worker that was stopped would still do shows within half a second.
      const over = () => performance.now() > (stopped === 0 ? end : stopped + 500);
      while (!over() && cpuRuntime().workers === 0 && ${waits}) {
        cpuRuntime().call(zeros, args, 32, 1e6);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      parent.postMessage({ backend, warnings, stopped: stopped > 0, workers: cpuRuntime().workers });
    </script>`;
  return new Promise((resolve) => {
    addEventListener("message", function answered({ source, data }) {
      if (source !== frame.contentWindow) return;
      removeEventListener("message", answered);
      frame.remove();
      resolve(data);
    });
    document.body.append(frame);
  });
}

const scripts = "script-src 'self' 'unsafe-inline'";

it("a page whose policy forbids WebAssembly computes in plain JavaScript and is told once what to allow", async () => {
  const { backend, warnings } = await inPage(scripts, false);
  expect(backend).toBe("js");
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain("'wasm-unsafe-eval'");
});

it("a strict page that allows WebAssembly gets it, without a warning", async () => {
  const { backend, warnings } = await inPage(`${scripts} 'wasm-unsafe-eval'`, false);
  expect(backend).toBe("wasm-threads");
  expect(warnings).toEqual([]);
});

it("a page that also allows workers from blobs computes on several threads", async () => {
  const policy = `${scripts} 'wasm-unsafe-eval'; worker-src blob:`;
  expect((await inPage(policy)).workers).toBe(1);
});

it("a page that forbids workers computes on one thread, silently", async () => {
  const answer = await inPage(`${scripts} 'wasm-unsafe-eval'; worker-src 'none'`);
  expect(answer).toEqual({ backend: "wasm-threads", warnings: [], stopped: true, workers: 0 });
});
