import { DeviceError } from "../../errors";
import {
  type HelperFunction,
  helperSource,
  type KernelSpec,
  kernelSource,
  lengthOf,
} from "../source/kernel-spec";
import type { Backend, BuiltKernel, Handle, Hardware } from "./backend";
import type { GpuJs, GpuJsKernel } from "./gpu-js";

/** A texture of gpu.js. */
interface GlTexture {
  readonly texture: object;
  readonly context: Gl;
  readonly kernel: object;
  readonly internalFormat: number;
  readonly textureFormat: number;
  readonly size: ArrayLike<number>;
  toArray(): Float32Array;
  delete(): void;
}

type GlTextureClass = new (settings: {
  readonly texture: object;
  readonly size: readonly number[];
  readonly dimensions: readonly number[];
  readonly output: readonly number[];
  readonly context: Gl;
  readonly kernel: object;
  readonly internalFormat: number;
  readonly textureFormat: number;
}) => GlTexture;

/** The calls and numbers of WebGL that this backend uses. */
interface Gl {
  readonly [constant: string]: unknown;
  readonly canvas?: {
    addEventListener?(type: string, listener: (event: { statusMessage?: string }) => void): void;
  };
  getParameter(name: number): unknown;
  getExtension(name: string): { readonly [constant: string]: unknown; loseContext?(): void } | null;
  createTexture(): object | null;
  deleteTexture(texture: object): void;
  activeTexture(unit: number): void;
  bindTexture(target: number, texture: object | null): void;
  texParameteri(target: number, name: number, value: number): void;
  texImage2D(
    target: number,
    level: number,
    internalFormat: number,
    width: number,
    height: number,
    border: number,
    format: number,
    type: number,
    data: ArrayBufferView | null,
  ): void;
  getError(): number;
  finish(): void;
  isContextLost(): boolean;
}

const glslType = { Number: "float", Integer: "int", "Array(2)": "vec2", "Array(4)": "vec4" };

/** A helper function's declaration in GLSL. */
const declaration = ({ name, parameters, returns }: HelperFunction): string =>
  `${glslType[returns]} ${name}(${parameters.map(([, t]) => glslType[t]).join(", ")});`;

/** Kernels as fragment shaders over textures of floats. */
export class WebGlBackend implements Backend {
  readonly name: "webgl2" | "webgl" | "headless";
  readonly vectors = false;
  // As many as WebGPU guarantees; WebGL itself has at least eight textures.
  readonly maxInputs = 7;
  readonly maxLength: number;
  readonly hardware: Hardware;
  readonly #gpu: GpuJs;
  readonly #gl: Gl;
  readonly #largest: number;
  readonly #sample: GlTexture;
  #report: ((message: string, lost: boolean) => void) | undefined;
  /** Bytes of the largest texture since errors were last asked for. */
  #largestAsked = 0;

  private constructor(name: WebGlBackend["name"], gpu: GpuJs, sample: GlTexture) {
    this.name = name;
    this.#gpu = gpu;
    this.#sample = sample;
    const gl = sample.context;
    this.#gl = gl;
    const debug = gl.getExtension("WEBGL_debug_renderer_info");
    const adapter = String(
      gl.getParameter((debug?.["UNMASKED_RENDERER_WEBGL"] ?? gl["RENDERER"]) as number),
    );
    this.#largest = gl.getParameter(gl["MAX_TEXTURE_SIZE"] as number) as number;
    // Index arithmetic of WebGL 1 is that of floats.
    this.maxLength = Math.min(this.#largest ** 2, name === "webgl2" ? 2 ** 30 : 2 ** 24);
    this.hardware = {
      adapter,
      software: /swiftshader|llvmpipe|software|basic render/i.test(adapter),
      limits: { maxTextureSize: this.#largest, maxInputs: this.maxInputs },
    };
    gl.canvas?.addEventListener?.("webglcontextlost", ({ statusMessage }) =>
      this.#report?.(statusMessage || "context lost", true),
    );
  }

  /** Opens the device with a first kernel, whose texture is the pattern for others. */
  static open(name: WebGlBackend["name"], gpu: GpuJs): WebGlBackend {
    const probe = gpu.createKernel("function kernel() { return this.thread.x; }", {
      output: [4],
      functions: [],
      pipeline: true,
      immutable: true,
      precision: "single",
      loopMaxIterations: 1,
    });
    const sample = probe() as GlTexture;
    if (sample?.texture === undefined)
      throw new DeviceError(`gpu: expected textures of floats; ${name} here has none`);
    return new WebGlBackend(name, gpu, sample);
  }

  /** Floats of a texel, of which one is used. */
  get #channels(): number {
    return this.#sample.textureFormat === this.#gl["RED"] ? 1 : 4;
  }

  /** Width and height of a texture for so many elements. */
  #sizeFor(length: number): readonly [number, number] {
    const width = Math.min(this.#largest, Math.max(1, Math.ceil(Math.sqrt(length))));
    return [width, Math.max(1, Math.ceil(length / width))];
  }

  upload(data: Float32Array): Handle {
    const gl = this.#gl;
    const { internalFormat, textureFormat } = this.#sample;
    const number = (name: string): number => gl[name] as number;
    const size = this.#sizeFor(data.length);
    const channels = this.#channels;
    const padded = new Float32Array(size[0] * size[1] * channels);
    this.#largestAsked = Math.max(this.#largestAsked, padded.byteLength);
    if (channels === 1) padded.set(data);
    else for (let i = 0; i < data.length; i++) padded[i * channels] = data[i] as number;
    const texture = gl.createTexture();
    if (texture === null) {
      this.#check();
      throw new DeviceError(`gpu: ${this.name} could not make a texture`);
    }
    // The unit that gpu.js itself keeps for such work.
    gl.activeTexture(number("TEXTURE15"));
    gl.bindTexture(number("TEXTURE_2D"), texture);
    for (const wrap of ["TEXTURE_WRAP_S", "TEXTURE_WRAP_T"])
      gl.texParameteri(number("TEXTURE_2D"), number(wrap), number("CLAMP_TO_EDGE"));
    for (const filter of ["TEXTURE_MIN_FILTER", "TEXTURE_MAG_FILTER"])
      gl.texParameteri(number("TEXTURE_2D"), number(filter), number("NEAREST"));
    const target = number("TEXTURE_2D");
    const type = number("FLOAT");
    gl.texImage2D(target, 0, internalFormat, ...size, 0, textureFormat, type, padded);
    return this.#wrap(texture, size, data.length);
  }

  #wrap(texture: object, size: readonly number[], length: number): GlTexture {
    const { context, kernel, internalFormat, textureFormat } = this.#sample;
    return new (this.#sample.constructor as GlTextureClass)({
      texture,
      size,
      dimensions: [length, 1, 1],
      output: [length],
      context,
      kernel,
      internalFormat,
      textureFormat,
    });
  }

  /** The same texture for reading with one index, whatever the shape of the kernel that wrote it. */
  #flat(result: GlTexture, length: number): GlTexture {
    const flat = this.#wrap(result.texture, Array.from(result.size), length);
    result.delete();
    return flat;
  }

  async download(handle: Handle, length: number): Promise<Float32Array> {
    const values = (handle as GlTexture).toArray();
    this.#check();
    return values.slice(0, length);
  }

  /** Asks for errors. That waits for the device, so it is done only where the caller waits, too. */
  #check(): void {
    const gl = this.#gl;
    if (gl.isContextLost()) {
      // The event that tells comes later.
      this.#report?.("context lost", true);
      return;
    }
    const asked = this.#largestAsked;
    this.#largestAsked = 0;
    if (gl.getError() === gl["OUT_OF_MEMORY"])
      this.#report?.(`out of memory, up to ${asked} bytes were asked for at a time`, false);
  }

  async build(spec: KernelSpec): Promise<BuiltKernel> {
    const length = lengthOf(spec);
    const callable: GpuJsKernel = this.#gpu.createKernel(kernelSource(spec), {
      output: spec.output,
      functions: spec.functions.map((f) => ({
        source: helperSource(f),
        settings: { argumentTypes: f.parameters.map(([, t]) => t), returnType: f.returns },
      })),
      // gpu.js does not always print a function after those that it calls.
      injectedNative: spec.functions.map(declaration).join("\n"),
      pipeline: true,
      immutable: true,
      precision: "single",
      dynamicArguments: true,
      loopMaxIterations: 2147483647,
    });
    return {
      run: (args) => {
        const all = spec.specials ? [...args, Infinity, Number.NaN] : args;
        this.#largestAsked = Math.max(this.#largestAsked, length * 4 * this.#channels);
        const result = callable(...all) as GlTexture;
        // gpu.js computes on the CPU what it cannot do on the device.
        if (result?.texture === undefined)
          throw new DeviceError(`gpu: ${this.name} could not run a kernel`);
        return this.#flat(result, length);
      },
      destroy: () => callable.destroy(),
    };
  }

  free(handle: Handle): void {
    (handle as GlTexture).delete();
  }

  async wait(): Promise<void> {
    this.#gl.finish();
    this.#check();
  }

  onFault(report: (message: string, lost: boolean) => void): void {
    this.#report = report;
  }

  destroy(): void {
    void this.#gpu.destroy();
  }
}
