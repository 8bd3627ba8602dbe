import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

/** With `--mode fake` the development server answers /api itself, from memory: no pool is needed to work on a page. */
function fakeApi(): Plugin {
  return {
    name: "fake-api",
    apply: (_config, { mode, command }) => command === "serve" && mode === "fake",
    async configureServer(server) {
      const { serveFake } = await server.ssrLoadModule("/src/testing/serve_fake.ts");
      server.middlewares.use(serveFake);
    },
  };
}

export default defineConfig(({ mode }) => {
  const api = loadEnv(mode, process.cwd(), "VITE_").VITE_POOL_API_URL ?? "http://localhost:8080";
  return {
    plugins: [react(), fakeApi()],
    server: { proxy: mode === "fake" ? undefined : { "/api": { target: api, changeOrigin: false } } },
    build: {
      target: "es2022",
      // A strict Content-Security-Policy admits no data: address.
      assetsInlineLimit: 0,
      sourcemap: false,
    },
    test: {
      environment: "happy-dom",
      include: ["src/**/*.test.{ts,tsx}"],
      setupFiles: ["src/testing/setup.ts"],
      css: false,
      testTimeout: 60_000,
    },
  };
});
