import { ts } from '../syntax/ts.js';

/** What a module variable that is declared bare, `let client;`, is given by the one assignment to it in its file: `client = new Client()`. */
export function onlyAssignment(declaration: ts.VariableDeclaration): ts.Expression | undefined {
  const { name } = declaration;
  if (!ts.isIdentifier(name) || declaration.type || declaration.initializer || !ts.isSourceFile(declaration.parent.parent.parent)) return undefined;
  const given: ts.Expression[] = [];
  let isHidden = false;
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(node.left) && node.left.text === name.text) given.push(node.right);
    // Another variable of that name may be the one that is assigned.
    isHidden ||= (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) && node !== declaration && node.name.getText() === name.text;
    ts.forEachChild(node, visit);
  };
  visit(declaration.getSourceFile());
  return given.length === 1 && !isHidden ? given[0] : undefined;
}
