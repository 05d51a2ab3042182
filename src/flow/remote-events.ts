/**
 * What arrives from outside: requests, messages, connections. A function that handles one, or that is called on the
 * way of handling one, runs as often as others please.
 */
import { enclosingRoot, isFunctionNode, type FlowRoot, type FunctionNode } from '../syntax/functions.js';
import type { TypeTrait } from '../models/effect-model.js';
import { ts } from '../syntax/ts.js';
import type { Callback, Callbacks } from './callbacks.js';
import type { CallNode, RemoteEvent, SemanticModel } from './contract.js';
import { receiverOf } from './effects.js';
import { handlerDecorator, registered, repeatKind } from './overlap.js';

type RemoteQuestions = Pick<SemanticModel, 'call' | 'callersOf' | 'hasTrait'> & { hasTraits(expr: ts.Expression, traits: readonly TypeTrait[]): boolean };

/** Calls followed upwards from a function to a handler, and functions looked at on the way. */
const MAX_CALLS = 6;
const MAX_FUNCTIONS = 60;

/** By its name, the call keeps the function for later: `scheduler.define('mail', send)`. */
const REGISTERS = /^(?:define|register|declare|subscribe|handle|every|on)(?:[A-Z]\w*)?$/;
const calledName = ({ expression }: CallNode): string => (ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText());

export class RemoteEvents {
  private readonly cache = new WeakMap<FlowRoot, RemoteEvent | null>();

  constructor(
    private readonly model: RemoteQuestions,
    private readonly callbacks: Callbacks,
  ) {}

  /** The event whose arrival runs the function, by the shortest chain of calls; undefined where none is in view. */
  of(fn: FlowRoot): RemoteEvent | undefined {
    let known = this.cache.get(fn);
    if (known === undefined) this.cache.set(fn, (known = this.search(fn) ?? null));
    return known ?? undefined;
  }

  private search(start: FlowRoot): RemoteEvent | undefined {
    const seen = new Set<FlowRoot>([start]);
    let ring: { readonly fn: FlowRoot; readonly calls: readonly CallNode[] }[] = [{ fn: start, calls: [] }];
    for (let depth = 0; depth <= MAX_CALLS && ring.length > 0; depth++) {
      const next: typeof ring = [];
      for (const { fn, calls } of ring) {
        if (ts.isSourceFile(fn)) continue;
        const handled = this.asHandler(fn);
        if (handled) return { ...handled, handler: fn, calls };
        for (const call of this.startersOf(fn)) {
          const root = enclosingRoot(call);
          if (seen.has(root) || seen.size > MAX_FUNCTIONS) continue;
          seen.add(root);
          next.push({ fn: root, calls: [call, ...calls] });
        }
      }
      ring = next;
    }
    return undefined;
  }

  /** Calls that run the function: its own, and those that run it as their callback. */
  private startersOf(fn: FunctionNode): CallNode[] {
    const running = this.callbacks.all(fn).filter(({ timing, call }) => timing !== 'later-many' && !(timing === 'unknown' && REGISTERS.test(calledName(call)))).map(({ call }) => call);
    return [...this.model.callersOf(fn), ...running];
  }

  private asHandler(fn: FunctionNode): Pick<RemoteEvent, 'kind' | 'node' | 'text'> | undefined {
    for (const callback of this.callbacks.all(fn)) {
      const kind = this.remoteKind(callback);
      if (kind) return { kind, node: callback.call, text: registered(kind, callback.call) };
    }
    const decorated = handlerDecorator(fn);
    if (decorated?.kind === 'request' || decorated?.kind === 'message') return { kind: decorated.kind, node: decorated.node, text: `handles every ${decorated.kind}` };
    const request = this.requestParameter(fn);
    return request && { kind: 'request', node: request, text: 'handles a request' };
  }

  private remoteKind(callback: Callback): RemoteEvent['kind'] | undefined {
    const kind = repeatKind(callback, (call) => this.model.call(call).effects);
    if (kind === 'request' || kind === 'message') return kind;
    if (kind !== 'event') return undefined;
    const receiver = receiverOf(callback.call);
    const isRemote = receiver && (['socket', 'server', 'request'] as const).some((trait) => this.model.hasTrait(receiver, trait) === 'yes');
    return isRemote ? 'message' : undefined;
  }

  /** A handler whose registration is out of view shows itself by what it takes: `(req: Request, res: Response)`, `(ctx: Context)`. */
  private requestParameter(fn: FunctionNode): ts.ParameterDeclaration | undefined {
    if (ts.isClassStaticBlockDeclaration(fn) || !isFunctionNode(fn)) return undefined;
    const [first, second] = (fn.parameters as ts.NodeArray<ts.ParameterDeclaration>).filter(({ name }) => ts.isIdentifier(name));
    if (!first) return undefined;
    const [taken, answered] = [first.name as ts.Identifier, second?.name as ts.Identifier | undefined];
    const isContext = (): boolean => this.model.hasTraits(taken, ['request', 'response']);
    if (!answered) return isContext() ? first : undefined;
    if (this.model.hasTrait(taken, 'request') !== 'yes') return undefined;
    return isContext() || this.model.hasTrait(answered, 'response') === 'yes' ? first : undefined;
  }
}
