import { expect, test } from 'vitest';
import { measured, type Measure } from '../../src/flow/measured.js';

class Counter {
  #count = 0;
  readonly step = 2;
  add(times: number): number {
    return (this.#count += times * this.step);
  }
}

test('calls of methods are charged, and answer as before', () => {
  const charged: string[] = [];
  const measure: Measure = (phase, work) => {
    charged.push(phase);
    return work();
  };
  const counter = measured(new Counter(), 'types', measure);
  expect([counter.add(1), counter.add(2), counter.step]).toEqual([2, 6, 2]);
  expect(charged).toEqual(['types', 'types']);
});

test('nothing stands in between when nobody measures', () => {
  const counter = new Counter();
  expect(measured(counter, 'types', undefined)).toBe(counter);
});
