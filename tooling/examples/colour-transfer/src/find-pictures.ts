import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Arguments } from "./arguments";
import { drawPictures } from "./draw-pictures";
import type { Picture } from "./picture";
import { readPicture } from "./read-picture";

/** The picture to recolour, the one that has the colours, and where both come from. */
export interface Pair {
  readonly source: Picture;
  readonly target: Picture;
  readonly origin: string;
}

const photographs = ["china.jpg", "flower.jpg"] as const;

/** Where the photographs are, if they are. */
function folderOf(data: string): string | undefined {
  const folders = [data, join(data, "sklearn")];
  return folders.find((folder) => photographs.every((name) => existsSync(join(folder, name))));
}

/**
 * The pictures that the user named, or the photographs, or drawn ones.
 *
 * @throws UserError if a file cannot be read
 */
export function findPictures({ pictures, data }: Pick<Arguments, "pictures" | "data">): Pair {
  const folder = folderOf(data);
  const found = folder === undefined ? undefined : photographs.map((name) => join(folder, name));
  const paths = pictures ?? found;
  if (paths === undefined) {
    const [source, target] = drawPictures();
    return {
      source,
      target,
      origin: `two drawn ones: there are no ${photographs.join(" and ")} in ${data}`,
    };
  }
  const [source, target] = [readPicture(paths[0] as string), readPicture(paths[1] as string)];
  return { source, target, origin: paths.join(" with the colours of ") };
}
