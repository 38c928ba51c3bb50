/** Something the user can put right: shown as one line, without a stack, and the program exits with 1. */
export class UserError extends Error {
  override readonly name: string = "UserError";
}
