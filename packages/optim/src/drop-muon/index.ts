export { type DropMuon, type DropMuonOptions, type DropMuonState, dropMuon } from "./drop-muon";
export { type BlockCosts, type ExpectedCost, expectedCostRatio } from "./expected-cost";
export {
  type RptSampler,
  type RptSamplerKind,
  type RptSamplerOptions,
  rptSampler,
} from "./rpt-sampler";
export { type Blocks, truncatedBackward, truncatedBackwardWithAux } from "./truncated-backward";
