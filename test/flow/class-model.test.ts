import { describe, expect, it } from 'vitest';

import { buildClassModel } from '../../src/flow/class-model.js';
import type { ClassModel } from '../../src/flow/contract.js';
import { functionName } from '../../src/syntax/functions.js';
import { ts } from '../../src/syntax/ts.js';
import { programOf } from '../support/program.js';

function classes(source: string): Map<string, ClassModel> {
  const file = programOf({ 'a.ts': source });
  file.program.getTypeChecker();
  const nodes = file.file('a.ts').statements.filter((s): s is ts.ClassDeclaration => ts.isClassDeclaration(s));
  const base = (node: ts.ClassLikeDeclaration) => nodes.find((n) => n.name?.text === node.heritageClauses?.[0]?.types[0]?.expression.getText());
  return new Map(nodes.map((node) => [node.name!.text, buildClassModel(node, base)]));
}

function reached(source: string, method: string, name = 'C'): string[] {
  const model = classes(source).get(name)!;
  return [...model.reach(model.methods.get(method)!)].map(functionName).sort();
}

describe('a class model', () => {
  const model = classes(`class C {
    #lock = 1; static shared = 2; handler = async () => {};
    constructor(private readonly port: number, plain: string) {}
    open() {} static open() {} get size() { return 0; } set size(v) {} #hidden() {} _old() {}
    private a() {} protected b() {} 
    /** @internal */
    c() {} [Symbol.asyncDispose]() {} abstractOnly(): void;
  }`).get('C')!;

  it('names bodies by member, with statics and accessors in name spaces of their own', () => {
    expect([...model.methods.keys()]).toEqual(['handler', 'constructor', 'open', 'static open', 'get size', 'set size', '#hidden', '_old', 'a', 'b', 'c', '[Symbol.asyncDispose]']);
  });

  it('counts parameter properties as fields, plain parameters not', () => {
    expect([...model.fields.keys()]).toEqual(['#lock', 'shared', 'handler', 'port']);
  });

  it('tells what others can call', () => {
    const open = [...model.methods].filter(([, fn]) => model.isPublic(fn)).map(([name]) => name);
    expect(open).toEqual(['handler', 'constructor', 'open', 'static open', 'get size', 'set size', '[Symbol.asyncDispose]']);
  });
});

describe('disposals', () => {
  it('are the public methods that end an instance', () => {
    const model = classes('class C { close() {} onModuleDestroy = async () => {}; [Symbol.dispose]() {} closeSoon() {} private stop() {} static destroy() {} }').get('C')!;
    expect(model.disposals.map((d) => d.name)).toEqual(['close', 'onModuleDestroy', '[Symbol.dispose]']);
  });
});

describe('reach', () => {
  it('follows calls, references, aliases of this and closures', () => {
    const source = `class C {
      close() { this.a(); const self = this; setTimeout(() => self.b()); const { d } = this; on('x', this.e.bind(this)); this[Symbol.dispose](); }
      a() { this.f; } b() {} d() {} e() {} get f() { return 1; } g() {} [Symbol.dispose]() {}
    }`;
    expect(reached(source, 'close')).toEqual(['C.<computed>', 'C.a', 'C.b', 'C.close', 'C.d', 'C.e', 'C.f']);
  });

  it('does not take the members of another object, or of a class inside, for its own', () => {
    expect(reached('class C { close() { other.a(); class D { m() { this.a(); } } } a() {} }', 'close')).toEqual(['C.close']);
  });

  it('goes through base classes, and to an overridden body only by super', () => {
    const source = 'class B { stop() { this.clear(); } clear() {} end() {} } class C extends B { close() { this.stop(); this.end(); } end() { super.end(); } }';
    expect(reached(source, 'close')).toEqual(['B.clear', 'B.end', 'B.stop', 'C.close', 'C.end']);
    expect(reached('class B { end() {} } class C extends B { close() { this.end(); } end() {} }', 'close')).toEqual(['C.close', 'C.end']);
  });
});
