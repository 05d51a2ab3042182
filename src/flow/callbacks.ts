import { outermostWrapper, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallbackEffect } from '../models/effect-model.js';
import type { CallbackTiming, CallNode, SemanticModel } from './contract.js';
import { callbackArgument } from './rejections.js';

type CallbackQuestions = Pick<SemanticModel, 'call' | 'summary'>;

/** A function handed to a call: which argument it is and how the callee runs it. */
export interface Callback {
  readonly call: CallNode;
  readonly arg: number;
  readonly timing: CallbackTiming;
  readonly effect?: CallbackEffect;
}

/** Wrappers looked through to the call that takes the wrapped function: `app.get('/', asyncHandler(fn))`. */
const MAX_WRAPPERS = 3;

/** Answers how functions are run by the calls that take them. */
export class Callbacks {
  constructor(
    private readonly model: CallbackQuestions,
    /** Mentions of a function by its name that are no calls of it. */
    private readonly valueUses: (fn: FunctionNode) => readonly ts.Expression[],
  ) {}

  /** The call that takes the function where it is written, or undefined where it is no argument. */
  inline(fn: FunctionNode): Callback | undefined {
    return ts.isExpression(fn) ? this.ofValue(fn) : undefined;
  }

  /** Every call that takes the function: where it is written, or by its name. */
  all(fn: FunctionNode): readonly Callback[] {
    const inline = this.inline(fn);
    const named = this.valueUses(fn).flatMap((use) => this.ofValue(use) ?? []);
    return inline ? [inline, ...named] : named;
  }

  /** Is the function kept, returned or passed on by name in a way that is no call's argument? */
  escapes(fn: FunctionNode): boolean {
    return this.valueUses(fn).some((use) => this.ofValue(use) === undefined);
  }

  private ofValue(value: ts.Expression): Callback | undefined {
    let node = boundValue(value);
    for (let depth = 0; depth < MAX_WRAPPERS; depth++) {
      const taken = takenBy(node);
      if (!taken) return undefined;
      const callback = this.taken(taken.call, taken.arg, node);
      const isWrapped = !callback.effect && callback.timing === 'unknown' && ts.isCallExpression(taken.call) && takenBy(boundValue(taken.call)) !== undefined;
      if (!isWrapped) return callback;
      const outer = takenBy(boundValue(taken.call))!;
      // Only a call whose model knows the argument tells more than the wrapper does.
      if (!this.effectOf(outer.call, outermostWrapper(boundValue(taken.call)) as ts.Expression)) return callback;
      node = boundValue(taken.call);
    }
    return undefined;
  }

  private taken(call: CallNode, arg: number, value: ts.Node): Callback {
    const effect = this.effectOf(call, outermostWrapper(value) as ts.Expression);
    if (effect) return { call, arg, timing: effect.timing, effect };
    const timings = this.model.call(call).targets.map((target) => this.model.summary(target).callsParameter.get(arg));
    return { call, arg, timing: timings.find((t) => t !== undefined) ?? 'unknown' };
  }

  private effectOf(call: CallNode, value: ts.Expression): CallbackEffect | undefined {
    return this.model.call(call).effects.callbacks?.find((callback) => {
      const argument = callbackArgument(call, callback);
      return argument !== undefined && skipWrappers(argument) === skipWrappers(value);
    });
  }
}

/** `f.bind(x)` stands for `f`. */
function boundValue(value: ts.Node): ts.Node {
  const outer = outermostWrapper(value);
  const access = outer.parent;
  const isBind = ts.isPropertyAccessExpression(access) && access.expression === outer && access.name.text === 'bind' && ts.isCallExpression(access.parent) && access.parent.expression === access;
  return isBind ? access.parent : value;
}

/** The call that has the value among its arguments, or as a property of an options literal there. */
function takenBy(value: ts.Node): { readonly call: CallNode; readonly arg: number } | undefined {
  const outer = outermostWrapper(value);
  const parent = outer.parent;
  if (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(value) || ts.isShorthandPropertyAssignment(parent)) {
    const literal = ts.isMethodDeclaration(value) ? value.parent : parent.parent;
    return ts.isObjectLiteralExpression(literal) ? takenBy(literal) : undefined;
  }
  if (!ts.isCallExpression(parent) && !ts.isNewExpression(parent)) return undefined;
  const arg = parent.arguments?.indexOf(outer as ts.Expression) ?? -1;
  return arg >= 0 ? { call: parent, arg } : undefined;
}
