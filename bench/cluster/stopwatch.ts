/** How long each stage of standing up takes, in ms. */
export function stopwatch(): { lap: (stage: string) => void; timings: () => Record<string, number> } {
  const begun = performance.now();
  let last = begun;
  const laps: Record<string, number> = {};
  return {
    lap: (stage) => {
      laps[stage] = performance.now() - last;
      last = performance.now();
    },
    timings: () => ({ ...laps, total: performance.now() - begun }),
  };
}
