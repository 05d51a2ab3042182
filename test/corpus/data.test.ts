import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { pinnedProjects, readFirstReadings, readLabels } from './files.js';

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

describe('the first readings', () => {
  const { projects: read, reports } = readFirstReadings();

  it('are of projects at whole commit ids', () => {
    const names = new Set(read.map(({ name }) => name));
    expect(read.filter(({ commit }) => !/^[0-9a-f]{40}$/.test(commit))).toEqual([]);
    expect(reports.filter(({ project }) => !names.has(project))).toEqual([]);
  });

  it('give the consequence of every verdict', () => {
    expect(reports.filter(({ consequence }) => consequence.trim() === '')).toEqual([]);
  });

  it.each([
    [1, 'recommended'],
    [1, 'strict'],
    [2, 'recommended'],
    [2, 'strict'],
    [3, 'recommended'],
    [3, 'strict'],
    [4, 'recommended'],
    [4, 'strict'],
    [5, 'recommended'],
    [5, 'strict'],
    [6, 'recommended'],
    [6, 'strict'],
  ] as const)('are counted in the README: reading %d at %s', (reading, preset) => {
    const inReading = new Set(read.filter((project) => project.reading === reading).map(({ name }) => name));
    const ofPreset = reports.filter((report) => inReading.has(report.project) && report.preset === preset);
    const right = ofPreset.filter(({ verdict, secondReader = verdict }) => verdict === 'right' && secondReader === 'right');
    expect(readFileSync(new URL('README.md', import.meta.url), 'utf8')).toContain(`${preset} ${right.length} of ${ofPreset.length}`);
  });
});
