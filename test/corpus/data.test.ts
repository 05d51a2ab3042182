import { describe, expect, it } from 'vitest';
import { pinnedProjects, readLabels } from './files.js';

const projects = pinnedProjects();

it('every project is pinned to a whole commit id', () => {
  expect(projects.filter(({ commit }) => !/^[0-9a-f]{40}$/.test(commit))).toEqual([]);
});

describe.each(projects.map(({ name }) => ({ name, labels: readLabels(name) })))('the labels of $name', ({ name, labels }) => {
  it('are about this project', () => {
    expect(labels.filter(({ project }) => project !== name)).toEqual([]);
  });

  it('are one per fingerprint', () => {
    expect(new Set(labels.map(({ fingerprint }) => fingerprint)).size).toBe(labels.length);
  });

  it('give the consequence of every verdict', () => {
    expect(labels.filter(({ verdict, consequence = '' }) => verdict !== undefined && consequence.trim() === '')).toEqual([]);
  });
});
