/**
 * Keeps a schema and the interface it reads in step: the compiler refuses a schema that knows a field more, a field less
 * or another type than the interface. Zod drops fields it does not know, so one that is forgotten here would be lost on
 * disk without a word.
 */
import type { z } from "zod";

/** Read-only all the way down, as the interfaces are; what is optional is marked, so that it cannot be missed. */
type Canonical<T> = T extends number
  ? T
  : T extends object
    ? {
        readonly [Key in keyof T]-?: undefined extends T[Key]
          ? { readonly optional: Canonical<Exclude<T[Key], undefined>> }
          : Canonical<T[Key]>;
      }
    : T;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/**
 * `sameShape<LoadPlan>()("LoadPlan", schema)`: the schema, typed as reading LoadPlan, if its shape is exactly that; the
 * name is its place in the published JSON Schema.
 */
export function sameShape<T>() {
  return <S extends z.ZodType>(
    name: string,
    schema: Same<Canonical<z.output<S>>, Canonical<T>> extends true
      ? S
      : { readonly "differs from the interface": Canonical<T> },
  ): z.ZodType<T> => (schema as unknown as z.ZodType<T>).meta({ id: name });
}
