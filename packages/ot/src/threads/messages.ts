/** What a worker is sent, one at a time. */
export interface Request {
  readonly name: string;
  readonly payload: unknown;
}

/** What it answers. */
export type Response =
  | { readonly result: unknown }
  | { readonly error: { readonly name: string; readonly message: string } };
