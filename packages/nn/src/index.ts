export * as init from "./init";
