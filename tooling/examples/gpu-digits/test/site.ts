import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { build } from "vite";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** A page, bundled, minified and served on a port of this machine. */
export class Site {
  readonly #folder = mkdtempSync(join(tmpdir(), "page-"));
  readonly #server: Server;
  /** Content security policy of everything that is served; none if undefined. */
  policy: string | undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url === "/" ? "/index.html" : (request.url as string);
      const file = join(this.#folder, path);
      if (!existsSync(file)) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        "content-type": types[extname(file)] as string,
        "cache-control": "no-store",
        ...(this.policy === undefined ? {} : { "content-security-policy": this.policy }),
      });
      response.end(readFileSync(file));
    });
  }

  /** Builds a page and begins to serve it. @param root - the folder with its index.html, default this example's */
  static async open(root: string = resolve(import.meta.dirname, "..")): Promise<Site> {
    const site = new Site();
    await build({
      root,
      build: { outDir: site.#folder, emptyOutDir: true },
      logLevel: "warn",
    });
    await new Promise<void>((done) => site.#server.listen(0, "localhost", done));
    return site;
  }

  get address(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
