/** Names of the parameter itself, and numbers in lists: what says nothing about the layer. */
const anonymous = /^(\d+|w|w_.*|weights?|kernel|table)$/;

const embeddings = /^(wte|wpe|tok|pos|embed_.*|(.*_)?(embed|emb|embeds|embedding|embeddings))$/;

const outputs = /^((.*_)?head|classifier|output|logits|unembed|unembedding|embed_out)$/;

/** `tokEmb` and `lm-head` as `tok_emb` and `lm_head`. */
const words = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();

/**
 * Whether a path says embedding or output layer: by the innermost name that is not the parameter's own.
 *
 * `head.weight` and `lm_head` do; `heads.attn`, `out_proj.w` and what is inside of a block named `emb` do not. `fc` is an
 * output layer where nothing is around it.
 */
export function namesTable(path: readonly string[]): boolean {
  const names = path.flatMap((segment) => segment.split(".")).map(words);
  const at = names.findLastIndex((name) => !anonymous.test(name));
  const name = names[at] ?? "";
  if (name === "multi_head") return false;
  return embeddings.test(name) || outputs.test(name) || (name === "fc" && at === 0);
}
