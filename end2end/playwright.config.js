// How the stories run: the release server, real Chromium, one spec a story. Each story starts its own server and people.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'stories',
  // One at a time: a story is two browsers that encode and decode pictures, and two cores are promised.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: './support/reporter.js',
});
