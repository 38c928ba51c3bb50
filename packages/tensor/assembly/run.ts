/** Copies `bytes` bytes that lie together; short runs are not worth the call that memory.copy makes. */
export function copyRun(to: usize, from: usize, bytes: usize): void {
  if (bytes > 512) {
    memory.copy(to, from, bytes);
    return;
  }
  let done: usize = 0;
  for (; done + 16 <= bytes; done += 16) v128.store(to + done, v128.load(from + done));
  for (; done + 4 <= bytes; done += 4) store<u32>(to + done, load<u32>(from + done));
  for (; done < bytes; done++) store<u8>(to + done, load<u8>(from + done));
}
