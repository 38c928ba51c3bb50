import { element } from "example-page/element";
import { type BackendName, backends, type Opened, open, reason, titles } from "./backends";

interface Entry {
  readonly input: HTMLInputElement;
  readonly text: HTMLElement;
}

/** The choice of backends, and the devices behind it. */
export class BackendList {
  readonly #entries = new Map<BackendName, Entry>();
  readonly #opened = new Map<BackendName, Opened>();

  /** Puts the choice on the page, nothing chosen yet. */
  constructor() {
    const list = element("backends", HTMLElement);
    for (const name of backends) {
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: "backend", value: name, disabled: true });
      const title = document.createElement("strong");
      title.textContent = titles[name];
      const text = document.createElement("small");
      text.id = `about-${name}`;
      text.textContent = "looking …";
      input.setAttribute("aria-describedby", text.id);
      const label = document.createElement("label");
      label.className = "backend";
      label.append(input, title, text);
      list.append(label);
      this.#entries.set(name, { input, text });
    }
  }

  /** Opens whatever there is, says why the rest is missing, and chooses the first that works. */
  async look(): Promise<void> {
    for (const name of backends) {
      const { input, text } = this.#entries.get(name) as Entry;
      try {
        const { adapter, note } = await this.device(name);
        text.textContent = adapter;
        if (note !== undefined) text.append(document.createElement("br"), note);
        input.disabled = false;
        if (this.chosen === undefined) input.checked = true;
      } catch (error) {
        text.textContent = `Not available: ${reason(name, error)}`;
      }
    }
  }

  /** The backend that is chosen, if one is. */
  get chosen(): BackendName | undefined {
    return backends.find((name) => this.#entries.get(name)?.input.checked);
  }

  /**
   * A backend's device, opened at the first call.
   *
   * @throws DeviceError if it cannot be had
   */
  async device(name: BackendName): Promise<Opened> {
    let opened = this.#opened.get(name);
    if (opened === undefined) {
      opened = await open(name);
      this.#opened.set(name, opened);
    }
    return opened;
  }

  /** Closes a device that failed; the next run opens another. */
  forget(name: BackendName): void {
    this.#opened.get(name)?.device?.destroy();
    this.#opened.delete(name);
  }
}
