import { forEachDescendant, is, type FileInfo, type Messages, type SemanticModel, type ts } from '../../src/rule.js';

type OnEveryHost<K extends string> = { readonly [Id in K | `${K}InBrowser`]: Messages[string] };

/**
 * Messages about a rejection that nobody sees. Node ends the process for one: an error, recommended, also where the host is not
 * known. A browser writes a line to its console and goes on, which is nearly always all that was wanted: a warning, for who asks for all.
 */
export function lostRejection<K extends string>(texts: Readonly<Record<K, string>>): OnEveryHost<K> {
  const entries = Object.entries<string>(texts).flatMap(([id, text]) => [
    [id, { text, preset: 'recommended', severity: 'error', precision: 'high' }],
    [`${id}InBrowser`, { text, preset: 'all', severity: 'warning', precision: 'low' }],
  ]);
  return Object.fromEntries(entries) as OnEveryHost<K>;
}

/** Which of the two messages fits: a program that listens for unhandled rejections lives on like a browser's page. */
export function onHost<K extends string>(id: K, at: ts.Node, { file, model }: { readonly file: FileInfo; readonly model: SemanticModel }): K | `${K}InBrowser` {
  return endsWithRejections(file) && !outlivesRejections(model) && !isForBrowser(at, model) ? id : `${id}InBrowser`;
}

/** In a class that reaches for a page or its service worker without asking whether there is one: the browser's half of a file for both. */
function isForBrowser(at: ts.Node, model: SemanticModel): boolean {
  let owner = at;
  while (!is.classLike(owner)) {
    if (is.sourceFile(owner)) return false;
    owner = owner.parent;
  }
  if (!/\b(?:document|navigator|window)\??\./.test(owner.getText()) || /\btypeof (?:document|navigator|window|self)\b/.test(owner.getText())) return false;
  return ['document', 'navigator', 'window'].some((name) =>
    model.identifiersNamed(name, owner).some((id) => is.propertyAccess(id.parent) && id.parent.expression === id && (model.symbolOf(id)?.declarations ?? []).every((declaration) => declaration.getSourceFile().isDeclarationFile)),
  );
}

export function endsWithRejections({ host }: FileInfo): boolean {
  return host === 'node' || host === 'unknown';
}

const keepers = new WeakMap<SemanticModel, boolean>();

/**
 * Does code in view listen for unhandled rejections, or for the exceptions that they become without? Then the process lives on,
 * and a floating task may be meant to. What tests listen for says nothing of the program, and a listener that throws or exits ends the process like none at all.
 */
export function outlivesRejections(model: SemanticModel): boolean {
  let known = keepers.get(model);
  if (known === undefined) keepers.set(model, (known = model.files.some(({ source, role }) => role !== 'test' && keepsAlive(source, model))));
  return known;
}

function keepsAlive(source: ts.SourceFile, model: SemanticModel): boolean {
  if (!/unhandledRejection|uncaughtException/.test(source.text)) return false;
  let found = false;
  forEachDescendant(source, (node) => {
    if (is.call(node) && isListener(node)) found ||= !endsProcess(node.arguments[1], model);
    return !found;
  });
  return found;
}

function isListener(call: ts.CallExpression): boolean {
  return /^process\.(on|addListener)$/.test(call.expression.getText()) && /^.(?:unhandledRejection|uncaughtException).$/.test(call.arguments[0]?.getText() ?? '');
}

/** Does every way through the listener end in a throw or an exit? */
function endsProcess(listener: ts.Expression | undefined, model: SemanticModel): boolean {
  const bodies = listener ? model.functionsOf(listener) : [];
  return bodies.length > 0 && bodies.every((fn) => model.summary(fn).never);
}
