import { enclosingRoot, functionName, is, isFunctionNode, skipWrappers, type SemanticModel, type ts } from '../../src/rule.js';
import { calledName } from './promise-values.js';

/** Work whose failure somebody has to know of: by its name it changes something for others. */
export function isOfConsequence(work: ts.CallExpression): boolean {
  return CHANGING.test(calledName(work).getText()) && !isCleanUp(work) && !BEST_EFFORT.test(work.expression.getText()) && !BEST_EFFORT.test(nameAround(work));
}

const CHANGING = /^(save|write(?!Head)|update|insert|upsert|create(?!Dir)|post|patch|send|publish|commit|store|persist|flush|drain|upload|submit|enqueue|deliver|transfer|charge|pay|book|migrate|append|replicate|finish|complete|settle|confirm)([A-Z_]\w*)?$/;
const BEST_EFFORT = /log|metric|telemetry|analytic|track|report|notif|ping|heart_?beat|prefetch|warm|cache|try[A-Z]|maybe|best_?effort|quiet|silent|safe|ignor|swallow|typing|presence|audit|progress|debug|close|abort|error/i;

/** In a catch or finally block: the failure that matters is on its way already. */
function isCleanUp(node: ts.Node): boolean {
  for (let child = node; !is.sourceFile(child); child = child.parent) {
    const { parent } = child;
    if (is.catchClause(child) || (parent && is.try(parent) && parent.finallyBlock === child)) return true;
    if (isFunctionNode(child) && !is.arrowFunction(child)) return false;
  }
  return false;
}

function nameAround(node: ts.Node): string {
  const root = enclosingRoot(node);
  return is.sourceFile(root) ? '' : functionName(root).replace(/^.*\./, '');
}

/** `() => {}`, `() => undefined`, `noop`. */
export function isEmptyHandler(given: ts.Expression, model: SemanticModel): boolean {
  const handler = skipWrappers(given);
  if (is.identifier(handler) && /^_?noop$/i.test(handler.text)) return true;
  const fn = is.functionExpression(handler) ? handler : model.functionsOf(handler).find((each) => is.functionExpression(each));
  if (!fn?.body || /\/[/*]/.test(fn.getText())) return false;
  return is.block(fn.body) ? fn.body.statements.length === 0 : /^(undefined|null|void 0)$/.test(fn.body.getText());
}

/** A comment before the statement or behind it on its line. */
export function isCommented(statement: ts.Node): boolean {
  const { text } = statement.getSourceFile();
  const end = text.indexOf('\n', statement.end);
  return /\/[/*]/.test(text.slice(statement.pos, statement.getStart())) || /\/[/*](?!\s*(expect|note|ok):?)/.test(text.slice(statement.end, end < 0 ? text.length : end));
}
