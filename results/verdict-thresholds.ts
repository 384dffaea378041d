/**
 * The thresholds of METHOD §3, each with its reason. A/A runs tune them; a healthy, idle machine of two cores must come
 * out mostly VALID, else the instrument needs work, not the number here.
 */
export const THRESHOLDS = {
  /** Of scheduled calls: below it the road did not carry the load whose latency it is said to show. */
  sentShare: 0.99,
  /** Lateness p50 over response p50: from a tenth on, our own delay is a visible part of the headline. */
  latenessShare: 0.1,
  /** (response q − service q) / response q: a quarter of the tail made by our own waiting is no tail of the road. */
  responseExcess: 0.25,
  /** Of the node's CPU time taken by the hypervisor: as large as the effects that are looked for. */
  stealShare: 0.01,
  /** One tick is the counter's own resolution: below five ticks a share of a short window is rounding. */
  stealTicks: 5,
  /** Of calls, in flight during our own collections: beyond it the p99 may be the collector's. */
  gcShare: 0.005,
  /** Kolmogorov distance of the sent gaps, not its p-value: a large sample rejects everything. */
  gapDistance: 0.05,
  /** Larger p50 over smaller p50 of the window's halves, less one: the road was still changing. */
  halvesDrift: 0.25,
  /** Of its core, idle spin excluded: a queue forms in the generator itself from there on. */
  generatorBusy: 0.8,
  /** Of the window, in one piece, in which our own loop did not turn: a closed loop sends nothing then, and hides it. */
  loopStall: 0.2,
  /** A worker that began this late had missed part of a window whose warm-up is shorter. */
  startLateNs: 1e6,
  /** A quantile enters with so many calls beyond it in its trial (METHOD §4.2). */
  beyondInTrial: 10,
  /** It is shown with so many beyond it in all trials of the road. */
  beyondInAll: 100,
  /** SUSPECT share of a cell's trials above which a gate on it is inconclusive. */
  suspectShareOfCell: 1 / 3,
} as const;
