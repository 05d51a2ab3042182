import { is, type FlowRoot, type SemanticModel, type ts } from '../../src/rule.js';
import { countMentions } from './count-mentions.js';

/** Names under which code takes how many may run at once. */
const SETTING = /^(?:max_?)?(?:concurrency|concurrent\w*|parallel(?:ism)?|in_?flight)$|^max(?:Concurren|Parallel|InFlight)\w*$/i;

/** A parameter or field of the function's class that is named like a limit and that nobody reads. */
export function unusedSetting(root: FlowRoot, model: SemanticModel): ts.Node | undefined {
  if (is.sourceFile(root)) return undefined;
  const parameters = 'parameters' in root ? root.parameters.flatMap(({ name }) => (is.identifier(name) ? [name] : name.elements.flatMap((e) => ('name' in e ? [e.name] : [])))) : [];
  const unread = parameters.find((name) => SETTING.test(name.getText()) && countMentions(root, name.getText()) === 1);
  if (unread) return unread;
  const owner = model.classOf(root);
  const field = owner && [...owner.fields].find(([name]) => SETTING.test(name.replace(/^[#_]/, '')) && countMentions(owner.node, name) === 1);
  return field?.[1].name;
}
