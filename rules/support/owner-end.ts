import { forEachDescendant, is, skipWrappers, type ClassModel, type Disposal } from '../../src/rule.js';

/** Hooks by which the base classes of Node end an instance. */
const HOOKS = ['_destroy', '_close', '_dispose'];
const END_MARK = /^_?(is_?)?(ended|closed|destroyed|disposed|finished|done|stopped|terminated|completed|settled|cancelled|canceled)$/i;

/** The methods that end an instance: by name, by the hook of a base class, or because they mark it as ended. */
export function endsOf(owner: ClassModel): readonly Disposal[] {
  const known = new Set(owner.disposals.map(({ method }) => method));
  const others = [...owner.methods].flatMap(([name, method]): Disposal[] => {
    if (known.has(method) || is.constructor(method)) return [];
    return HOOKS.includes(name) || marksEnd(method) ? [{ method, name }] : [];
  });
  return [...owner.disposals, ...others];
}

/** `this.ended = true` among the method's own statements. */
function marksEnd(method: Disposal['method']): boolean {
  let marks = false;
  forEachDescendant(method, (node) => {
    if (is.functionExpression(node) || is.classLike(node)) return false;
    if (!is.assignment(node)) return true;
    const target = skipWrappers(node.left);
    marks ||= is.propertyAccess(target) && is.this(target.expression) && END_MARK.test(target.name.text.replace(/^#/, '')) && node.right.getText() === 'true';
    return true;
  });
  return marks;
}
