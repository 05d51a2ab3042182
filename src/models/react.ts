import type { ModelSet } from './effect-model.js';

const HOOKS = ['react', 'preact/hooks', 'preact/compat'] as const;

export const react: ModelSet = {
  calls: [
    {
      match: { module: HOOKS, name: ['useEffect', 'useLayoutEffect', 'useInsertionEffect'] },
      effects: {
        throws: 'no',
        callbacks: [{ arg: 0, timing: 'later-many', result: 'used', misreadsPromise: true, repeating: 'effect' }],
      },
      because: 'runs after each render whose dependencies changed; the result is taken for the clean-up function, so a promise is lost',
    },
    {
      match: { module: HOOKS, name: ['useMemo'] },
      effects: { callbacks: [{ arg: 0, timing: 'sync', result: 'used' }] },
      because: 'called during render, and its result is kept',
    },
    {
      match: { module: HOOKS, name: ['useCallback', 'useEffectEvent'] },
      effects: { throws: 'no', callbacks: [{ arg: 0, timing: 'unknown', result: 'unknown' }] },
      because: 'only keeps the function; who gets it calls it',
    },
    {
      match: { module: HOOKS, name: ['useState', 'useRef', 'useId', 'useContext', 'useDebugValue', 'useDeferredValue', 'useTransition'] },
      effects: { throws: 'no' },
      because: 'reads or makes a cell of the component',
    },
    {
      match: { module: 'react', name: 'startTransition' },
      effects: { callbacks: [{ arg: 0, timing: 'sync', result: 'unknown' }] },
      because: 'called at once; React 19 also waits for the promise of an async action, React 18 drops it',
    },
    {
      match: { module: 'react', name: 'use' },
      effects: { throws: 'unknown' },
      because: 'throws while the promise is pending, and its reason once it has failed',
    },
    {
      match: { module: ['@tanstack/react-query', '@tanstack/query-core', 'react-query'], name: ['useQuery', 'useSuspenseQuery', 'useInfiniteQuery'] },
      effects: { callbacks: [{ arg: 0, property: 'queryFn', timing: 'later-many', result: 'used', catches: true }] },
      because: 'one fetch per key at a time; its rejection becomes the error of the query',
    },
    {
      match: { module: ['@tanstack/react-query', 'react-query'], name: 'useMutation' },
      effects: { callbacks: [{ arg: 0, property: 'mutationFn', timing: 'later-many', result: 'used', catches: true }] },
      because: 'runs for each mutate; its rejection becomes the error of the mutation',
    },
  ],
  types: [],
};
