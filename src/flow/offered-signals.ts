import type { FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { Callbacks } from './callbacks.js';
import type { OfferedSignal, SemanticModel } from './contract.js';

/** Signatures that a callee is declared with, by names alone. */
type SignaturesOf = (callee: ts.Expression) => readonly ts.SignatureDeclaration[];

/**
 * Signals that whoever runs a function would hand it, and that it does not take: `schedule(task)` where schedule is declared to call
 * `(id: string, signal: AbortSignal) => …` and the task has one parameter.
 */
export class OfferedSignals {
  constructor(
    private readonly model: Pick<SemanticModel, 'symbolOf'>,
    private readonly callbacks: Callbacks,
    private readonly signaturesOf: SignaturesOf,
  ) {}

  to(fn: FunctionNode): OfferedSignal | undefined {
    if (ts.isClassStaticBlockDeclaration(fn) || fn.parameters.some(({ dotDotDotToken }) => dotDotDotToken)) return undefined;
    for (const { call, arg } of this.callbacks.all(fn)) {
      for (const signature of this.signaturesOf(call.expression)) {
        const { type } = signature.parameters[arg] ?? {};
        const taken = type && this.functionType(type);
        const parameter = taken?.parameters.slice(fn.parameters.length).find((each) => each.type !== undefined && isSignalType(each.type));
        if (parameter && ts.isIdentifier(parameter.name)) return { call, parameter, name: parameter.name.text };
      }
    }
    return undefined;
  }

  /** A function type, itself or behind aliases. */
  private functionType(type: ts.TypeNode, depth = 0): ts.FunctionTypeNode | undefined {
    if (ts.isFunctionTypeNode(type)) return type;
    if (ts.isParenthesizedTypeNode(type)) return this.functionType(type.type, depth);
    if (!ts.isTypeReferenceNode(type) || depth > 3) return undefined;
    const alias = this.model.symbolOf(type.typeName)?.declarations?.find(ts.isTypeAliasDeclaration);
    return alias && this.functionType(alias.type, depth + 1);
  }
}

function isSignalType(type: ts.TypeNode): boolean {
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && type.typeName.text === 'AbortSignal';
}
