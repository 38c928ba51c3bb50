import { type Device, isTensor, type Tensor, tensor, tree } from "@x/tensor";

/** A tree with other tensors in place of some. */
async function replaced<T>(t: T, by: (x: Tensor) => Promise<Tensor> | Tensor): Promise<T> {
  const { leaves, structure } = tree.flatten(t as never);
  const all = leaves.map((x: unknown) => (isTensor(x) ? by(x) : x));
  return tree.unflatten(structure, (await Promise.all(all)) as never) as T;
}

const copied = async (x: Tensor): Promise<Tensor> =>
  tensor(await x.data(), { shape: x.shape, dtype: x.dtype, copy: false });

/** A copy of a tree in the CPU's memory, or on a device. */
export const moved = <T>(t: T, device?: Device): Promise<T> =>
  replaced(t, async (x) => (device === undefined ? copied(x) : (await copied(x)).to(device)));

/** A state with its whole numbers, which is what is verified, in the CPU's memory. */
export const counters = <T>(t: T): Promise<T> =>
  replaced(t, (x) => (x.dtype === "i32" && x.size === 1 ? copied(x) : x));
