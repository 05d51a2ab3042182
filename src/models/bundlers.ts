import { failing } from './async-effects.js';
import type { CallEffects, EffectModel, ModelSet } from './effect-model.js';

const build = (type: string, module: string, end: string): CallEffects => ({
  ...failing,
  acquire: { on: 'result', kind: 'client', afterAwait: true, releasedBy: { members: [end] } },
  returns: { type, module, awaited: true },
});

/** Rollup and rolldown: a function that reads the sources, and a build that is written as often as one likes and then closed. */
function rollupLike(module: string, type: string): EffectModel[] {
  return [
    { match: { module, name: module }, effects: build(type, module, 'close'), because: 'gives a build whose plugins, workers and native memory last until it is closed; rejects for what the sources get wrong' },
    { match: { type, module, member: ['write', 'generate'] }, effects: failing, because: 'renders the chunks, for which plugins may throw and files may not be written' },
    { match: { type, module, member: 'close' }, effects: { ...failing, closes: true }, because: 'runs the closing hooks of the plugins and waits for them' },
  ];
}

/** Builds hold on to threads, watchers and memory outside the JavaScript heap. */
export const bundlers: ModelSet = {
  calls: [
    ...rollupLike('rollup', 'RollupBuild'),
    ...rollupLike('rolldown', 'RolldownBuild'),
    { match: { module: 'esbuild', name: 'context' }, effects: build('BuildContext', 'esbuild', 'dispose'), because: 'keeps the build, its watcher and its server until it is disposed of' },
    { match: { module: 'esbuild', name: ['build', 'transform'] }, effects: failing, because: 'rejects for errors in the sources' },
    { match: { type: 'BuildContext', module: 'esbuild', member: ['rebuild', 'watch', 'serve', 'cancel', 'dispose'] }, effects: failing, because: 'asks the child process of the bundler, which may have failed or gone' },
  ],
  types: [],
};
