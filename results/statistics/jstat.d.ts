/** The few functions of jstat 1.9 that `distributions.ts` uses; the package ships no types. */
declare module "jstat" {
  interface JStat {
    readonly normal: { inv(p: number, mean: number, sd: number): number };
    readonly studentt: { inv(p: number, df: number): number };
    erfc(x: number): number;
    gammaln(x: number): number;
  }
  const library: { readonly jStat: JStat };
  export default library;
}
