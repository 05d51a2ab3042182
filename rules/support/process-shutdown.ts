import { forEachDescendant, is, isFunctionNode, skipWrappers, type CallNode, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** What runs when the process is told to end. */
export interface ProcessShutdown {
  /** `process.once('SIGTERM', …)`. */
  readonly call: CallNode;
  /** SIGTERM, beforeExit, or `the signal` where it is not written out. */
  readonly event: string;
  /** The handlers and what they call in view, each with the call that leads to it from one before; the handlers have none. */
  readonly reach: ReadonlyMap<FunctionNode, CallNode | undefined>;
}

const EVENT = /^(?:SIG(?:TERM|INT|HUP|QUIT|BREAK)|beforeExit)$/;
const MAX_FUNCTIONS = 60;
const known = new WeakMap<SemanticModel, readonly ProcessShutdown[]>();

/** Every such handler in view. */
export function processShutdowns(model: SemanticModel): readonly ProcessShutdown[] {
  let shutdowns = known.get(model);
  if (!shutdowns) known.set(model, (shutdowns = model.files.flatMap(({ source }) => shutdownsIn(source, model))));
  return shutdowns;
}

function shutdownsIn(source: ts.SourceFile, model: SemanticModel): ProcessShutdown[] {
  if (!/SIG[A-Z]|beforeExit/.test(source.text)) return [];
  const found: ProcessShutdown[] = [];
  forEachDescendant(source, (node) => {
    if (!is.call(node) || node.arguments.length < 2 || model.call(node).effects.subscribe?.emitter !== 'process') return;
    const event = eventOf(node, model);
    const handlers = event ? model.functionsOf(node.arguments[1]!) : [];
    if (event && handlers.length > 0) found.push({ call: node, event, reach: reachOf(handlers, model) });
  });
  return found;
}

function eventOf(call: ts.CallExpression, model: SemanticModel): string | undefined {
  const event = skipWrappers(model.resolveAlias(call.arguments[0]!));
  if (is.stringLiteral(event)) return EVENT.test(event.text) ? event.text : undefined;
  // `for (const signal of ['SIGINT', 'SIGTERM'])`, `signals.forEach((signal) => …)`.
  for (let node: ts.Node = call; !is.sourceFile(node); node = node.parent) {
    const list = is.forOf(node) ? node.expression : is.call(node) && is.propertyAccess(node.expression) ? node.expression.expression : undefined;
    if (list && /SIG(?:TERM|INT|HUP|QUIT)/.test(model.resolveAlias(list).getText())) return 'the signal';
  }
  return undefined;
}

/** What the function does itself, as calls and awaits. Nested functions count as part of the one around them, but for what a timer or a listener runs. */
export function stepsIn(fn: FunctionNode, model: SemanticModel): readonly (CallNode | ts.AwaitExpression)[] {
  const steps: (CallNode | ts.AwaitExpression)[] = [];
  if (!fn.body) return steps;
  const visit = (node: ts.Node): boolean | void => {
    if (isFunctionNode(node)) return !runsApart(node, model);
    if (is.callOrNew(node) || is.await(node)) steps.push(node);
  };
  if (visit(fn.body) !== false) forEachDescendant(fn.body, visit);
  return steps;
}

function runsApart(fn: FunctionNode, model: SemanticModel): boolean {
  const taken = model.callbackOf(fn);
  const { timer, subscribe } = taken ? model.call(taken.call).effects : {};
  return timer !== undefined || subscribe !== undefined;
}

function reachOf(handlers: readonly FunctionNode[], model: SemanticModel): ReadonlyMap<FunctionNode, CallNode | undefined> {
  const reach = new Map<FunctionNode, CallNode | undefined>(handlers.map((fn) => [fn, undefined]));
  for (const fn of reach.keys()) {
    for (const step of stepsIn(fn, model)) {
      for (const target of is.await(step) ? [] : model.call(step).targets) if (!reach.has(target) && reach.size < MAX_FUNCTIONS) reach.set(target, step as CallNode);
    }
  }
  return reach;
}
