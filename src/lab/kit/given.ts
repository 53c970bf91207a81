/** Values as they may be given: a number of 8 bytes, which is read as a number or the text of its digits, also as a bigint. */
export type Given<Attrs extends object> = {
  [Name in keyof Attrs]?: number | string extends Attrs[Name] ? Attrs[Name] | bigint : Attrs[Name];
};
