/** Plain data of the same shape that nobody may change, all the way down; ids keep their brand. */
export type ReadonlyData<Data> = Data extends string | number | boolean | null | undefined
  ? Data
  : Data extends readonly (infer Item)[]
    ? readonly ReadonlyData<Item>[]
    : Data extends object
      ? { readonly [Name in keyof Data]: ReadonlyData<Data[Name]> }
      : Data;
