import { is, outermostWrapper, type Access, type Place, type SemanticModel, type ts } from '../../src/rule.js';

/** Something in view takes entries out, looks at the size, or may: the collection is open to others. */
export function isKeptSmall(collection: Place, model: SemanticModel): boolean {
  return isOpenToOthers(collection) || model.accesses(collection).some((access) => shrinks(access) || looksAtSize(access) || escapes(access));
}

/** A public field, or an exported variable: code out of view may take entries out. */
function isOpenToOthers(collection: Place): boolean {
  const declaration = collection.root?.declarations?.[0];
  if (!declaration || !is.propertyDeclaration(declaration)) return false;
  const name = declaration.name.getText();
  return !/^[#_]/.test(name) && !/\bprivate\b/.test(declaration.modifiers?.map((m) => m.getText()).join(' ') ?? '');
}

function shrinks({ kind, access, place, node, fn, value }: Access): boolean {
  if (kind === 'read') return false;
  if (access === 'assign' && place.entry !== undefined && isEmpty(value)) return true;
  const isReplaced = access === 'assign' && place.entry === undefined && is.assignment(node) && !is.sourceFile(fn) && !is.constructor(fn);
  return isReplaced || access === 'remove' || access === 'clear';
}

function looksAtSize({ kind, node, branches }: Access): boolean {
  return kind === 'read' && branches && is.propertyAccess(node) && /^(?:size|length)$/.test(node.name.text);
}

/** The collection itself goes somewhere else: returned, stored, passed to code that may take entries out. */
function escapes({ kind, access, node, place }: Access): boolean {
  if (kind !== 'read' || access !== 'value' || place.entry !== undefined) return false;
  const outer = outermostWrapper(node);
  const { parent } = outer;
  if (is.call(parent) && parent.arguments.includes(outer as ts.Expression)) return !/^(?:Object\.(?:keys|values|entries)|JSON\.stringify|Array\.from|console\.\w+|structuredClone|Promise\.\w+)$/.test(parent.expression.getText());
  if (is.new(parent)) return !/^(?:Map|Set)$/.test(parent.expression.getText());
  return is.return(parent) || is.arrowFunction(parent) || is.propertyAssignment(parent) || is.variableDeclaration(parent) || (is.assignment(parent) && parent.right === outer);
}

/** An entry set to nothing is one taken out. */
export const isEmpty = (value: ts.Expression | undefined): boolean => value !== undefined && /^(?:null|undefined|void 0)$/.test(value.getText());
