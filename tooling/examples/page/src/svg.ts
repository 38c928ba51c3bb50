type Attributes = Readonly<Record<string, string | number>>;

/** An SVG element, not yet in the page. */
export function shape(name: string, attributes: Attributes): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** A line of text in an SVG. */
export function label(text: string, attributes: Attributes): SVGElement {
  const made = shape("text", attributes);
  made.textContent = text;
  return made;
}
