/**
 * The element of the page with an id.
 *
 * @param type - its class
 */
export function element<T extends Element>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`expected an element #${id} in the page`);
  return found;
}
