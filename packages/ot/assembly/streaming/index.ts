export { iterate } from "./iterate";
export { costSums, logSums, rows, weightedSums } from "./reduce";
