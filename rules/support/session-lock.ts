import { forEachDescendant, is, skipWrappers, type SemanticModel, type ts } from '../../src/rule.js';

/** A lock of a database session, taken and let go by statements that a pool may run on two connections. */
export interface SessionLock {
  readonly taken: ts.Node;
  readonly released: ts.Node;
  readonly pool: ts.Expression;
  /** The function of the database: `pg_advisory_lock`. */
  readonly name: string;
}

interface Statement {
  readonly node: ts.Node;
  readonly runner: ts.Expression;
  readonly name: string;
}

const TAKES = /\b(pg_(?:try_)?advisory_lock(?:_shared)?|GET_LOCK)\s*\(/i;
const RELEASES = /\b(pg_advisory_unlock(?:_shared|_all)?|RELEASE_LOCK)\s*\(/i;
const RUNS = /^(query|execute|exec|raw|run|unsafe|one|none|any|oneOrNone|(\$?(query|execute)Raw(Unsafe)?))$/;

/** Locks that end with their transaction (`pg_advisory_xact_lock`) are let go on the right connection by themselves. */
export function sessionLocksIn(file: ts.SourceFile, model: SemanticModel): readonly SessionLock[] {
  if (!RELEASES.test(file.text)) return [];
  const taken: Statement[] = [];
  const released: Statement[] = [];
  forEachDescendant(file, (node) => {
    const runner = runnerOf(node);
    if (!runner) return;
    const text = sqlIn(node, model);
    const [takes, releases] = [TAKES.exec(text)?.[1], RELEASES.exec(text)?.[1]];
    if (takes && !releases) taken.push({ node, runner, name: takes });
    if (releases && !takes) released.push({ node, runner, name: releases });
  });
  return taken.flatMap((take) => {
    const release = released.find(({ runner }) => runner.getText() === take.runner.getText());
    return release && isPool(take.runner, model) && isPool(release.runner, model) ? [{ taken: take.node, released: release.node, pool: take.runner, name: take.name }] : [];
  });
}

/** `pool.query(text)`, `` sql`…`.execute(db) ``, `` prisma.$queryRaw`…` ``: what the statement is handed to. */
function runnerOf(node: ts.Node): ts.Expression | undefined {
  if (is.taggedTemplate(node)) return is.propertyAccess(node.tag) && RUNS.test(node.tag.name.text) ? node.tag.expression : undefined;
  if (!is.call(node) || !is.propertyAccess(node.expression) || !RUNS.test(node.expression.name.text)) return undefined;
  const receiver = skipWrappers(node.expression.expression);
  return is.taggedTemplate(receiver) ? node.arguments[0] : receiver;
}

function sqlIn(node: ts.Node, model: SemanticModel): string {
  if (is.taggedTemplate(node)) return node.template.getText();
  if (!is.call(node) || !is.propertyAccess(node.expression)) return '';
  const receiver = skipWrappers(node.expression.expression);
  return [...(is.taggedTemplate(receiver) ? [receiver] : []), ...node.arguments].map((part) => model.resolveAlias(part).getText()).join(' ');
}

const POOLED_NAME = /^_?(\w*pool|db|database|knex|prisma|sequelize|data_?source|kysely|drizzle|orm)$/i;
const POOLED_TYPE = /\b(\w*Pool|Knex|Kysely|PrismaClient|Sequelize|DataSource|\w*Database)\b/;
const ONE_CONNECTION = /\b(PoolClient|PoolConnection|ClientBase|Client|Connection|Transaction|QueryRunner)\b|\b(max|connectionLimit|connection_limit)\s*[:=]\s*1\b/;

/** By name or declared type a pool, and not one connection: a variable of the function was taken from the pool, and so was what a callback is given. */
function isPool(runner: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(runner);
  if (!is.identifier(value) && !is.propertyAccess(value)) return false;
  const place = model.place(value);
  if (place?.kind === 'local' || (place?.kind === 'captured' && place.path.length === 0)) return false;
  const name = is.identifier(value) ? value : value.name;
  const declaration = model.symbolOf(name)?.declarations?.[0];
  const declared = declaration && (is.variableDeclaration(declaration) || is.propertyDeclaration(declaration) || is.parameter(declaration)) ? `${declaration.type?.getText() ?? ''} ${declaration.initializer?.getText() ?? ''}` : '';
  if (ONE_CONNECTION.test(declared)) return false;
  return POOLED_TYPE.test(declared) || (place?.kind !== 'parameter' && POOLED_NAME.test(name.text));
}
