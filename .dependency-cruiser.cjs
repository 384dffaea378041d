// The one-way law of imports: bench -> reports -> results -> scenarios -> loadgen -> proto. An arrow may skip
// downwards; none points up, and no cycle inside a folder.
const layers = ["bench", "reports", "results", "scenarios", "loadgen", "proto"];
const upward = layers.flatMap((layer, height) =>
  height === 0
    ? []
    : [
        {
          name: `${layer}-imports-nothing-above-it`,
          severity: "error",
          from: { path: `^${layer}/` },
          to: { path: `^(${layers.slice(0, height).join("|")})/` },
        },
      ],
);
/** Only one file (or folder) knows each library. */
const owners = {
  commander: "^bench/(program|verbs/|start-environment|cluster/cluster-flags)",
  execa: "^bench/shell\\.ts$",
  "@grpc/grpc-js": "^loadgen/grpc-js-(transport|channel|server)\\.ts$",
  "@grpc/proto-loader": "^loadgen/protobuf\\.ts$",
  "hdr-histogram-js": "^loadgen/histogram\\.ts$",
  "csv-stringify": "^reports/csv-text\\.ts$",
  yaml: "^scenarios/yaml\\.ts$",
  "d3-scale": "^reports/.*charts/",
  "d3-shape": "^reports/.*charts/",
  jstat: "^results/statistics/distributions\\.ts$",
  "pure-rand": "^loadgen/random\\.ts$",
};
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...upward,
    ...Object.entries(owners).map(([library, owner]) => ({
      name: `one-file-knows-${library}`,
      severity: "error",
      from: { path: "^(proto|loadgen|scenarios|results|reports|bench)/", pathNot: [owner, "\\.test\\.ts$"] },
      to: { path: `node_modules/${library}/` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|results/runs)" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js"], mainFields: ["module", "main", "types"] },
  },
};
