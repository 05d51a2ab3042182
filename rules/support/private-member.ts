import { is, type ts } from '../../src/rule.js';

/** `#count` and `private count`: no code outside of the class names it, and no base has a word about it. */
export function isPrivate({ name, modifiers }: { readonly name?: ts.Node | undefined; readonly modifiers?: readonly ts.Node[] | undefined }): boolean {
  return (name !== undefined && is.privateIdentifier(name)) || (modifiers?.some((each) => each.getText() === 'private') ?? false);
}
