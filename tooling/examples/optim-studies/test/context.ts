import type { StudyContext } from "../src/study";

/** A quick run without digits. */
export const context: StudyContext = {
  quick: true,
  seed: 0,
  say: () => {},
  digits: () => {
    throw new Error("this study needs no digits");
  },
};
