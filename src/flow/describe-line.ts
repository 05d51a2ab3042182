import { UserError } from '../core/errors.js';
import { functionName, isFunctionNode, shortText } from '../syntax/functions.js';
import { rangeOf } from '../syntax/location.js';
import { ts } from '../syntax/ts.js';
import type { CallEvent, FileInfo, FlowEvent, FlowRoot, FunctionFlow, FunctionNode, Place, SemanticModel } from './contract.js';

/**
 * What the model sees at a line (1-based): the answer to "why was this reported" and to "why was nothing". For people; the
 * wording may change. Throws UserError when the file has no such line.
 */
export function describeLine(model: SemanticModel, file: FileInfo, line: number): string[] {
  const lines = file.source.getLineStarts().length;
  if (line > lines) throw new UserError(`${file.path} has ${lines} lines`);
  const flows = rootsAround(file.source, line).map((root) => model.flow(root));
  const withEvents = flows.filter((flow) => eventsOn(flow, line, file.source).length > 0);
  const shown = withEvents.length > 0 ? withEvents : flows.slice(-1);
  return [`${file.path}:${line} (${file.role} file, host ${file.host})`, ...shown.flatMap((flow) => ['', ...describeFlow(model, file, flow, line)])];
}

/** The module and every function that has code on the line, outermost first. */
function rootsAround(source: ts.SourceFile, line: number): FlowRoot[] {
  const roots: FlowRoot[] = [source];
  const visit = (node: ts.Node): void => {
    const { startLine, endLine } = rangeOf(node, source);
    if (line < startLine || line > endLine) return;
    if (isFunctionNode(node)) roots.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return roots;
}

function describeFlow(model: SemanticModel, file: FileInfo, flow: FunctionFlow, line: number): string[] {
  const events = eventsOn(flow, line, file.source);
  return [
    `in ${flow.name}: ${flow.isAsync ? 'async' : 'synchronous'}, ${flow.events.length} events`,
    ...(ts.isSourceFile(flow.node) ? [] : describeFunction(model, flow.node)),
    ...labelled('signals in scope', model.signalsInScope(flow.node, events[0]?.node ?? flow.node).map((signal) => `${signal.text} (${signal.from})`)),
    ...(events.length === 0 ? ['  no events on this line'] : events.flatMap((event) => describeEvent(model, flow, event))),
  ];
}

function describeFunction(model: SemanticModel, fn: FunctionNode): string[] {
  const summary = model.summary(fn);
  return [
    `  summary: can reject ${summary.canReject}, throws ${summary.throws}, may suspend ${summary.maySuspend}, starts work it leaves running ${summary.spawns}`,
    `  overlap with itself: ${model.overlap(fn).grade}; runs more than once: ${model.repeatable(fn)}`,
    ...model.overlap(fn).witnesses.map(({ node, text }) => `    ${placeOf(model, node)} ${text}`),
  ];
}

function placeOf(model: SemanticModel, node: ts.Node): string {
  const { startLine, startColumn } = rangeOf(node);
  return `${model.fileOf(node).path}:${startLine}:${startColumn}`;
}

function eventsOn(flow: FunctionFlow, line: number, source: ts.SourceFile): FlowEvent[] {
  const seen = new Set<string>();
  return flow.events.filter((event) => {
    if (event.kind === 'point' || event.kind === 'entry' || event.kind === 'exit' || event.kind === 'exit-throw') return false;
    const { startLine, start, end } = rangeOf(event.node, source);
    // A finally block has one copy of its events per way of leaving the try.
    const key = `${event.kind} ${start} ${end} ${describeSubject(event)}`;
    return startLine === line && !seen.has(key) && seen.add(key);
  });
}

function describeEvent(model: SemanticModel, flow: FunctionFlow, event: FlowEvent): string[] {
  const held = [...flow.heldAt(event)].map((lock) => lock.text);
  const remarks = [...(flow.reachable(event) ? [] : ['unreachable']), ...(held.length > 0 ? [`holding ${held.join(', ')}`] : [])];
  const head = `  column ${rangeOf(event.node).startColumn}: ${event.kind} ${describeSubject(event)}${remarks.length > 0 ? ` (${remarks.join('; ')})` : ''}`;
  return event.kind === 'call' ? [head, ...describeCall(model, event)] : [head];
}

function describeCall(model: SemanticModel, { call, awaited }: CallEvent): string[] {
  const info = model.call(call);
  const promise = model.isPromise(call);
  const bodies = info.targets.map((target) => functionName(target));
  return [
    `       ${info.qualified ?? 'not known by name'}, resolved by ${info.resolvedBy}${info.complete ? '' : ', may run code that is not in view'}`,
    ...labelled('bodies in view', bodies, 7),
    ...labelled('known to', Object.keys(info.effects), 7),
    ...(promise === 'no' ? [] : [`       promise: ${promise}, can reject: ${model.canReject(call)}, ${awaited ? 'awaited here' : 'not awaited here'}`]),
    ...labelled('reaches', [...model.ioOf(call)], 7),
    ...signalLines(model, call),
  ];
}

function signalLines(model: SemanticModel, call: CallEvent['call']): string[] {
  const signal = model.signalParameter(call);
  return signal === undefined || signal.accepts === 'no' ? [] : [`       takes a signal: ${signal.accepts}, given one: ${signal.given}`];
}

function describeSubject(event: FlowEvent): string {
  switch (event.kind) {
    case 'read':
    case 'write':
      return `${describePlace(event.place)}, ${event.access}`;
    case 'acquire':
    case 'release':
      return event.lock.text;
    case 'guard':
      return `${shortText(event.test)}, ${event.form}`;
    case 'await':
      return `${event.operand ? shortText(event.operand) : event.form}, ${event.suspends} suspension`;
    case 'clear':
    case 'dispose':
      return event.handle === undefined ? 'a handle that is not followed' : describePlace(event.handle);
    case 'closure':
      return functionName(event.fn);
    default:
      return shortText(event.node);
  }
}

function describePlace(place: Place): string {
  return `${place.text} (${place.kind}${place.entry === undefined ? '' : `, entry ${place.entry}`})`;
}

function labelled(label: string, values: readonly string[], margin = 2): string[] {
  return values.length === 0 ? [] : [`${' '.repeat(margin)}${label}: ${values.join(', ')}`];
}
