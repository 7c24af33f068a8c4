// Takes a picture of every screen into `pictures/`, for people to look at; it asserts nothing of looks.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: 'pictures.spec.js',
  workers: 1,
  timeout: 300_000,
  use: { actionTimeout: 15_000 },
  expect: { timeout: 15_000 },
  reporter: './support/reporter.js',
});
