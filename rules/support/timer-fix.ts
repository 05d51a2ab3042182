import { edit, enclosingRoot, is, shortText, type FixProposal, type FlowRoot, type SemanticModel, type ts } from '../../src/rule.js';
import { cleanedUpAfter, cleanedUpWith, freeName, statementAround, type CleanUp } from './clean-up-fix.js';
import { executorOf } from './promise-executor.js';
import type { LooseTimer } from './race.js';
import { handedOn } from './signal-fix.js';
import { isHarmlessWhenLate, type TimerHandle } from './timer-handle.js';

/** Clears a timeout of this function when what it guards is over. */
export function guardCleared(timer: ts.CallExpression, handle: TimerHandle, root: FlowRoot, model: SemanticModel): FixProposal | undefined {
  const executor = executorOf(root, model);
  if (executor) return handle.fate === 'dropped' ? settledCleared(timer, executor.promise, model) : undefined;
  const statement = statementAround(timer, root);
  if (!statement) return undefined;
  const description = `clear ${shortText(timer.expression)} in a finally`;
  if (is.expressionStatement(statement) && statement.expression === timer) {
    const name = freeName('timer', timer, model);
    return cleanedUpAfter(statement, { description, safety: 'unsafe', changes: [edit.insertBefore(timer, `const ${name} = `)], cleanUp: `clearTimeout(${name})` }, model);
  }
  const declaration = timer.parent;
  if (!is.variableDeclaration(declaration) || !is.identifier(declaration.name) || declaration.parent.parent !== statement) return undefined;
  const name = declaration.name.text;
  return cleanedUpAfter(statement, { description, safety: 'unsafe', changes: [], cleanUp: `clearTimeout(${name})`, instead: lastClear(handle.clears, statement) }, model);
}

/** A clear at the end of the block, with at most a return behind it. */
function lastClear(clears: readonly ts.Node[], { parent: block }: ts.Node): ts.Statement | undefined {
  if (!is.block(block)) return undefined;
  const [first, second] = block.statements.slice(-2);
  const last = [second, first].find((each) => each && is.expressionStatement(each) && clears.includes(each.expression));
  return last && (last === second || (second && is.return(second) && (!second.expression || is.identifier(second.expression)))) ? last : undefined;
}

/** Clears the timer that has lost its race. */
export function loserCleared({ made, timer }: LooseTimer, model: SemanticModel): FixProposal | undefined {
  // The timer of a helper is set for others too.
  if (made !== timer || !is.call(timer)) return undefined;
  const executor = executorOf(enclosingRoot(timer), model);
  if (executor) return settledCleared(timer, executor.promise, model);
  // A sleep that takes a signal.
  const name = freeName('raced', made, model);
  const given = handedOn(made, { text: `${name}.signal`, node: made, from: 'local', key: '' }, model);
  return given && cleanedUpWith(made, { description: 'abort the sleep when the race is over', safety: 'safe', declaration: `const ${name} = new AbortController();`, changes: given.edits, cleanUp: `${name}.abort()` }, model);
}

function settledCleared(timer: ts.CallExpression, promise: ts.NewExpression, model: SemanticModel): FixProposal | undefined {
  const name = freeName('timer', timer, model);
  const changes = keptIn(name, timer);
  if (!changes) return undefined;
  const isScript = /\.[cm]?jsx?$/.test(timer.getSourceFile().fileName);
  const how: CleanUp = {
    description: 'clear the timer when the promise is no longer waited for',
    safety: isHarmlessWhenLate(timer, model) ? 'safe' : 'unsafe',
    declaration: isScript ? `let ${name};` : `let ${name}: ReturnType<typeof setTimeout> | undefined;`,
    changes,
    cleanUp: `clearTimeout(${name})`,
  };
  return cleanedUpWith(promise, how, model);
}

function keptIn(name: string, timer: ts.CallExpression): CleanUp['changes'] | undefined {
  const { parent } = timer;
  if (is.expressionStatement(parent)) return [edit.insertBefore(timer, `${name} = `)];
  // `(resolve) => setTimeout(resolve, ms)`
  return is.arrowFunction(parent) && parent.body === timer ? [edit.insertBefore(timer, `{ ${name} = `), edit.insertAfter(timer, '; }')] : undefined;
}
