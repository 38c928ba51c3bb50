import { configureCpu } from "../src/cpu/runtime";

// Run before a test file: the same tests on kernels in plain JavaScript.
configureCpu({ backend: "js" });
